"""Chains of exchanges beside the captures, told by their metadata records: requisites, and parts.

It knows where their records lie and reads no page.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scraper.archive.record import StoredRecord, moment_in
from scraper.model import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class SideChain:
    """A whole chain of exchanges, and what each of its metadata records says of it."""

    said: Mapping[str, object]
    started: datetime
    first: StoredRecord  # of its records, which lie together
    records: tuple[str, ...]  # IDs of all its requests and responses, the last response last

    @property
    def status(self) -> int | None:
        """The status of the final response, as it was said."""
        status = self.said.get("status")
        return status if isinstance(status, int) else None


@dataclass(slots=True)
class SideChains:
    """The chains of one kind among the records of a file, taken in one by one in its order.

    One whose exchanges are not all there was being written when its process was killed.
    """

    name: str  # of the field in the metadata records
    _exchange: list[StoredRecord] = field(default_factory=list)
    _chain: list[list[StoredRecord]] = field(default_factory=list)
    _said: Mapping[str, object] | None = None

    def take(self, record: StoredRecord) -> SideChain | None:
        """Take in the next record; return the chain that is whole with it."""
        if record.type in {"request", "response", "revisit"}:
            if len(self._exchange) == 2:  # of an exchange without metadata: not ours
                self._exchange = []
            self._exchange.append(record)
            return None
        exchange, self._exchange = self._exchange, []
        said = _said_in(record, self.name) if exchange else None
        if said is None:
            return None
        if said != self._said:
            self._chain, self._said = [], said
        self._chain.append(exchange)
        return self._ended(said) if len(self._chain) == said.get("exchanges") else None

    def _ended(self, said: Mapping[str, object]) -> SideChain | None:
        chain, self._chain, self._said = self._chain, [], None
        first = chain[0][0]
        started = moment_in(first.header("WARC-Date"))
        if started is None:
            return None
        # The writer returns requests first.
        records = tuple(record.id for exchange in chain for record in reversed(exchange))
        return SideChain(said=said, started=started, first=first, records=records)


def _said_in(record: StoredRecord, name: str) -> Mapping[str, object] | None:
    if record.type != "metadata" or not record.all_of("WARC-Concurrent-To"):
        return None
    if f'"{name}"'.encode() not in record.block:  # most are of neither kind: a tenth of parsing
        return None
    try:
        fields = json.loads(record.block)
    except (ValueError, RecursionError):
        return None
    said = fields.get(name) if isinstance(fields, dict) else None
    if not isinstance(said, dict) or not isinstance(said.get("url"), str):
        return None
    return said if said.get("outcome") in set(Outcome) else None

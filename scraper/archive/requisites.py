"""The requisites of pages that a file tells of: which exchanges they are, and where they lie.

It reads no page and knows nothing of the catalog.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scraper.archive.record import StoredRecord, moment_in
from scraper.model import Capture, Outcome, Recorded, Requisite

_FIELD = "requisite"  # of the metadata record


def said_of_requisite(capture: Capture, *, page: str) -> dict[str, object]:
    """Return what each exchange's metadata record says of the requisite that it belongs to."""
    return {
        _FIELD: {
            "url": capture.url,
            "page": page,
            "outcome": capture.outcome.value,
            "status": None if capture.page is None else capture.page.status,
            "exchanges": len(capture.exchanges),
        }
    }


def requisite_of(outlet: str, capture: Capture, recorded: Sequence[Recorded]) -> Requisite:
    """Return what the catalog keeps of a requisite that was archived just now."""
    known = [one for each in recorded for one in (each.request, each.response) if one is not None]
    first = recorded[0].response or recorded[0].request
    return Requisite(
        outlet=outlet,
        url=capture.url,
        started=recorded[0].exchange.started,
        outcome=capture.outcome.value,
        status=None if capture.page is None else capture.page.status,
        first_id=first.id,
        file=first.file,
        offset=first.offset,
        records=tuple(one.id for one in known),
    )


@dataclass(slots=True)
class RequisitesSeen:
    """The requisites among the records of a file, taken in one by one in the file's order.

    One whose exchanges are not all there was being written when its process was killed.
    """

    outlet: str
    file: str  # relative to the archive
    found: list[Requisite] = field(default_factory=list)
    _exchange: list[StoredRecord] = field(default_factory=list)
    _chain: list[list[StoredRecord]] = field(default_factory=list)
    _said: Mapping[str, object] | None = None

    def take(self, record: StoredRecord) -> None:
        """Take in the next record."""
        if record.type in {"request", "response", "revisit"}:
            if len(self._exchange) == 2:  # of an exchange without metadata: not ours
                self._exchange = []
            self._exchange.append(record)
            return
        exchange, self._exchange = self._exchange, []
        said = _said_in(record) if exchange else None
        if said is None:
            return
        if said != self._said:
            self._chain, self._said = [], said
        self._chain.append(exchange)
        if len(self._chain) == said.get("exchanges"):
            self._end(said)

    def _end(self, said: Mapping[str, object]) -> None:
        first, moment = self._chain[0][0], moment_in(self._chain[0][0].header("WARC-Date"))
        status = said.get("status")
        if moment is not None:
            # The writer returns requests first.
            known = [one for each in self._chain for one in reversed(each)]
            one = Requisite(
                outlet=self.outlet,
                url=str(said["url"]),
                started=moment,
                outcome=str(said["outcome"]),
                status=status if isinstance(status, int) else None,
                first_id=first.id,
                file=self.file,
                offset=first.offset,
                records=tuple(record.id for record in known),
            )
            self.found.append(one)
        self._chain, self._said = [], None


def _said_in(record: StoredRecord) -> Mapping[str, object] | None:
    if record.type != "metadata" or not record.all_of("WARC-Concurrent-To"):
        return None
    try:
        fields = json.loads(record.block)
    except (ValueError, RecursionError):
        return None
    said = fields.get(_FIELD) if isinstance(fields, dict) else None
    if not isinstance(said, dict) or not isinstance(said.get("url"), str):
        return None
    return said if said.get("outcome") in set(Outcome) else None

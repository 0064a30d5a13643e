"""The requisites of pages that a file tells of: which exchanges they are, and where they lie.

It reads no page and knows nothing of the catalog.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from scraper.archive.record import StoredRecord
from scraper.archive.side_chains import SideChains
from scraper.model import Capture, Recorded, Requisite

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
        records=ids_of(recorded),
    )


def ids_of(recorded: Sequence[Recorded]) -> tuple[str, ...]:
    """Return the IDs of all requests and responses of a chain, the last response last."""
    both = (one for each in recorded for one in (each.request, each.response))
    return tuple(one.id for one in both if one is not None)


@dataclass(slots=True)
class RequisitesSeen:
    """The requisites among the records of a file, taken in one by one in the file's order."""

    outlet: str
    file: str  # relative to the archive
    found: list[Requisite] = field(default_factory=list)
    _chains: SideChains = field(default_factory=lambda: SideChains(_FIELD))

    def take(self, record: StoredRecord) -> None:
        """Take in the next record."""
        chain = self._chains.take(record)
        if chain is None:
            return
        one = Requisite(
            outlet=self.outlet,
            url=str(chain.said["url"]),
            started=chain.started,
            outcome=str(chain.said["outcome"]),
            status=chain.status,
            first_id=chain.first.id,
            file=self.file,
            offset=chain.first.offset,
            records=chain.records,
        )
        self.found.append(one)

"""Promise 14 through the whole line: what was cut on its way is kept as cut, and makes no text."""

from pathlib import Path

from ledger import CLOSE, LedgerServer, Step, answer
from line_runs import capture, settings_for, story_page

from scraper.archive.reader import record_at
from scraper.model import ExtractStatus, Outcome
from scraper.store.catalog import Catalog
from scraper.verify.run import Tally, verify_archive

CUTS = 50


def test_promise_14_a_page_cut_at_any_of_fifty_places_is_kept_and_makes_no_text(
    tmp_path: Path,
) -> None:
    whole = answer(story_page(), "Content-Type: text/html")
    step = len(whole) // CUTS

    def cut(_request: bytes, target: str) -> tuple[Step, ...]:
        return whole[: int(target[1:])], CLOSE

    root = tmp_path / "archive"
    with LedgerServer(cut) as server:
        places = [number * step for number in range(1, CUTS + 1)]
        assert places[-1] < len(whole)
        filed = capture(
            settings_for(root, workers=1), [server.url(f"/{place}") for place in places]
        )

    for place, one in zip(places, filed, strict=True):
        assert one.capture.outcome is Outcome.DISCONNECTED
        assert one.extraction.status is not ExtractStatus.OK
        response = one.recorded[-1].response
        assert response is not None
        stored = record_at(root, response.file, response.offset)
        assert stored.block == whole[:place]
        assert stored.header("WARC-Truncated") == "disconnect"
    assert list(root.glob("text/*/*/*")) == []
    with Catalog.open(root / "catalog.db") as catalog:
        assert list(catalog.places.texts()) == []
        assert list(verify_archive(root, catalog, Tally(), lambda _: None)) == []

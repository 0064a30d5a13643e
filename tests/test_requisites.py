"""What an article's page needs to look like itself: captured once, within bounds, and exported."""

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ledger import LedgerServer, answer
from line_runs import STORY
from passes import (
    DAY,
    LOCAL,
    START,
    at,
    command,
    feed_at,
    in_line,
    outlet_of,
    pass_over,
    rss,
    settings_of,
    targets,
    with_robots,
)

from scraper import requisites
from scraper.archive.reader import records_in
from scraper.archive.wacz import About, package
from scraper.export.wacz import Packing, pack
from scraper.model import Outlet
from scraper.reindex import MARK, reindex
from scraper.store.catalog import Catalog
from scraper.store.selections import Selection

HTML, CSS, PNG = "Content-Type: text/html", "Content-Type: text/css", "Content-Type: image/png"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
FILES = {
    "/all.css": answer(b"@import 'more.css'; body { background: url(back.png) }", CSS),
    "/more.css": answer(b"@font-face { src: url(/letters.woff2) }", CSS),
    "/back.png": answer(PICTURE, PNG),
    "/letters.woff2": answer(b"wOF2" + PICTURE, "Content-Type: font/woff2"),
    "/favicon.ico": answer(PICTURE, "Content-Type: image/x-icon"),
    "/ferry.png": answer(PICTURE, PNG),
}
NEEDED = set(FILES) | {"/gone.png"}
HEAD = "<link rel=stylesheet href=/all.css><link rel=icon href=/favicon.ico><script src=/app.js>"


def story(number: int, more: str = "") -> bytes:
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>Ferry {number} is late"
        f"</title>{HEAD}</script></head><body><article><h1>Ferry {number} is late</h1>"
        f"<img src=/ferry.png><img src=/gone.png>{more}{STORY}<p>The ship was number {number}."
        "</p></article></body>"
    ).encode()


class Newsstand(LedgerServer):
    """A paper with two stories; the second comes a day after the first."""

    def __init__(self, more: str = "", robots: str = "User-agent: *\nDisallow:\n") -> None:
        super().__init__(with_robots(robots, self.respond))
        self.more, self.stories = more, ["/1"]

    def respond(self, _request: bytes, target: str) -> bytes:
        if target == "/feed":
            return rss(*(self.url(f"/story{path}") for path in self.stories))
        if target.startswith("/story/"):
            return answer(story(int(target[7:]), self.more), HTML)
        return FILES.get(target) or answer(b"none", HTML, status="404 Not Found")

    def outlet(self, **changes: object) -> Outlet:
        policy = replace(LOCAL, requisites=True, **changes)  # type: ignore[arg-type] # by name
        return outlet_of(feed_at(self.url("/feed")), fetch=policy)

    def asked_for(self) -> list[str]:
        return [one for one in targets(self) if one in NEEDED or one == "/app.js"]


@pytest.fixture
def paper() -> Iterator[Newsstand]:
    with Newsstand() as server:
        yield server


def test_pictures_styles_fonts_and_icons_of_an_article_are_archived(
    paper: Newsstand, tmp_path: Path
) -> None:
    _, [filed] = pass_over(settings_of(tmp_path, paper.outlet()))

    assert filed.text is not None
    assert sorted(paper.asked_for()) == sorted(NEEDED)  # each once, and no script
    responses = {
        record.url.removeprefix(paper.url("")): record.block
        for path in tmp_path.glob("warc/*/*.gz")
        for record in records_in(path)
        if record.type == "response" and record.url is not None
    }
    assert {name: responses[name] for name in FILES} == FILES
    assert b"404" in responses["/gone.png"]


@pytest.mark.slow
def test_the_articles_come_first(paper: Newsstand, tmp_path: Path) -> None:
    paper.stories = ["/1", "/2", "/3", "/4", "/5", "/6"]

    pass_over(settings_of(tmp_path, paper.outlet()))

    asked = targets(paper)
    last_story = max(asked.index(f"/story{path}") for path in paper.stories)
    assert last_story < min(asked.index(path) for path in NEEDED)


@pytest.mark.slow
def test_nothing_is_fetched_where_the_outlet_does_not_say_so(
    paper: Newsstand, tmp_path: Path
) -> None:
    outlet = outlet_of(feed_at(paper.url("/feed")))

    pass_over(settings_of(tmp_path, outlet))

    assert paper.asked_for() == []


@pytest.mark.slow
def test_a_requisite_is_not_asked_for_twice_within_a_week(paper: Newsstand, tmp_path: Path) -> None:
    settings = settings_of(tmp_path, paper.outlet())
    counts = []
    for day, number in ((0, 1), (1, 2), (8, 3)):
        paper.stories = [f"/{number}"]
        with at(START + day * DAY):
            pass_over(settings)
        counts.append(len(paper.asked_for()))

    assert counts == [len(NEEDED), len(NEEDED), 2 * len(NEEDED)]


@pytest.mark.slow
def test_robots_txt_is_obeyed_for_requisites(tmp_path: Path) -> None:
    with Newsstand(robots="User-agent: *\nDisallow: /*.png\n") as paper:
        pass_over(settings_of(tmp_path, paper.outlet()))

    assert set(paper.asked_for()) == {name for name in NEEDED if not name.endswith(".png")}


@pytest.mark.slow
def test_count_and_bytes_of_one_page_are_bounded(
    paper: Newsstand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(requisites, "MOST", 3)
    _, [filed] = pass_over(settings_of(tmp_path / "a", paper.outlet()))
    assert filed.text is not None
    assert len(paper.asked_for()) == 3

    monkeypatch.setattr(requisites, "MOST", 80)
    monkeypatch.setattr(requisites, "MOST_BYTES_IN_ALL", 1)
    pass_over(settings_of(tmp_path / "b", paper.outlet()))
    assert len(paper.asked_for()) == 4


@pytest.mark.slow
def test_a_requisite_that_is_too_large_is_cut_and_the_article_is_kept(tmp_path: Path) -> None:
    with Newsstand() as paper:
        respond = paper.responder
        paper.responder = lambda request, target: (
            answer(bytes(6_000_000), PNG) if target == "/ferry.png" else respond(request, target)
        )
        _, [filed] = pass_over(settings_of(tmp_path, paper.outlet()))

    with Catalog.open(tmp_path / "catalog.db") as catalog:
        row = catalog.requisites.nearest(paper.url("/ferry.png"), START)
    assert filed.text is not None
    assert row is not None
    assert row.outcome == "too-large"


def test_other_hosts_are_not_told_the_secrets_of_the_outlet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPER_COOKIE", "id=secret")
    other = LedgerServer(lambda *_: answer(PICTURE, PNG), address="127.0.0.2")
    with other, Newsstand(more=f"<img src={other.url('/pixel.png')}>") as paper:
        outlet = paper.outlet(cookie_env="PAPER_COOKIE", headers=(("X-Key", "secret"),))
        pass_over(settings_of(tmp_path, outlet))

    own = [one for one in paper.requests if one.startswith(b"GET /ferry.png")]
    assert b"id=secret" in own[0]
    assert [one for one in other.requests if one.startswith(b"GET /pixel.png")]
    assert not [one for one in other.requests if b"secret" in one]


@pytest.mark.slow
def test_a_host_that_does_not_answer_is_asked_once_and_fails_no_article(tmp_path: Path) -> None:
    pictures = "".join(f"<img src=http://127.0.0.9:9/{number}.png>" for number in range(5))
    with Newsstand(more=pictures) as paper:
        _, [filed] = pass_over(settings_of(tmp_path, paper.outlet()))

    assert filed.text is not None
    assert sorted(paper.asked_for()) == sorted(NEEDED)


@pytest.mark.slow
def test_an_address_that_is_not_allowed_is_not_asked(tmp_path: Path) -> None:
    inner = LedgerServer(lambda *_: answer(PICTURE, PNG), address="127.0.0.2")
    with inner, Newsstand(more=f"<img src={inner.url('/door.png')}>") as paper:
        outlet = paper.outlet(allow_private=("127.0.0.1/32",))
        _, [filed] = pass_over(replace(settings_of(tmp_path, outlet), allow_private=()))

    assert filed.text is not None
    assert inner.requests == []


@pytest.mark.slow
def test_what_a_killed_process_archived_is_catalogued_by_the_next(
    paper: Newsstand, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path, paper.outlet())
    pass_over(settings)
    with Catalog.open(tmp_path / "catalog.db") as catalog:
        before = [catalog.requisites.nearest(paper.url(name), START) for name in sorted(NEEDED)]
    for name in ("catalog.db", "catalog.db-wal", "catalog.db-shm", MARK):
        (tmp_path / name).unlink(missing_ok=True)

    in_line(settings, reindex)

    with Catalog.open(tmp_path / "catalog.db") as catalog:
        after = [catalog.requisites.nearest(paper.url(name), START) for name in sorted(NEEDED)]
    assert None not in before
    assert after == before


@pytest.mark.slow
def test_a_package_of_one_article_holds_what_its_page_needs(
    paper: Newsstand, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path, paper.outlet())
    for number in (1, 2):
        paper.stories = [f"/{number}"]
        with at(START + number * DAY):
            pass_over(settings)

    # The second page needs what was captured with the first.
    selection = Selection(url=paper.url("/story/2"))
    problems: list[Exception] = []
    about = About(title="A test", software="test", created=datetime(2026, 3, 9, tzinfo=UTC))
    target = tmp_path / "one.wacz"
    with (
        Catalog.open(tmp_path / "catalog.db") as catalog,
        target.open("wb") as out,
        package(out, about) as written,
    ):
        packing = Packing(
            root=tmp_path, catalog=catalog, selection=selection, about=about,
            on_problem=problems.append,
        )  # fmt: skip
        assert pack(written, packing) == 1

    assert problems == []
    with zipfile.ZipFile(target) as wacz:
        [name] = (one for one in wacz.namelist() if one.startswith("archive/"))
        path = Path(wacz.extract(name, tmp_path / "out"))
    records = [record for record in records_in(path) if record.type == "response"]
    packed = {record.url.removeprefix(paper.url("")) for record in records}
    assert packed == NEEDED | {"/story/2"}


@pytest.mark.slow
def test_verify_has_nothing_to_say_of_requisites(paper: Newsstand, tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    pass_over(settings_of(tmp_path / "archive", paper.outlet()))

    done = command("verify", "--archive", str(tmp_path / "archive"), cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr

"""The audit is content with a crawler that keeps the rules, and finds each planted violation."""

import asyncio
import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from publishing import DAY, PRESSES, RECHECK, START, Plan
from publishing_answers import Wire, answer_to, wire_of
from publishing_audit import Run, audit_harvest, audit_manners
from publishing_crawler import SteppedClock, crawl
from publishing_house import House, Served
from publishing_proof import Holdings, audit

from scraper.archive.reader import exchanges_in
from scraper.archive.revisits import Original
from scraper.archive.writer import WarcWriter
from scraper.model import Exchange

pytestmark = pytest.mark.slow  # each plants a fault in an archive of five days

GRACE = timedelta(hours=6)
MINUTE = timedelta(minutes=1)
# All that befalls the outlets within two days.
BUSY = tuple(
    replace(
        press,
        ban=press.ban and (press.ban[0] - 3 * DAY + timedelta(hours=8), press.ban[1]),
        down=press.down and (DAY, DAY + timedelta(hours=12)),
    )
    for press in PRESSES
)

Plant = Callable[[Run], list[Served]]
Damage = Callable[[Run, Path], None]


def crawled(plan: Plan, archive: Path) -> Run:
    clock = SteppedClock()
    with House(plan, clock) as house:
        asyncio.run(crawl(house, clock, archive))
    return Run(
        plan=plan, port=house.port, ledger=house.ledger, began=START, ended=plan.end, grace=GRACE,
        settling=timedelta(0),
    )  # fmt: skip


@pytest.fixture(scope="module")
def two_days(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    archive = tmp_path_factory.mktemp("publishing") / "archive"
    archive.mkdir()
    return crawled(Plan(1, days=2, presses=BUSY), archive), archive


@pytest.fixture
def copied(two_days: tuple[Run, Path], tmp_path: Path) -> tuple[Run, Path]:
    """A run of two days and an archive of it that a test may damage."""
    run, archive = two_days
    return run, Path(shutil.copytree(archive, tmp_path / "archive"))


def kinds(problems: list[str]) -> set[str]:
    return {problem.partition(":")[0] for problem in problems}


def test_a_crawler_that_keeps_the_rules_is_found_without_fault(
    two_days: tuple[Run, Path],
) -> None:
    run, archive = two_days

    assert audit(run, archive) == []
    assert {served.status for served in run.ledger} == {200, 301, 304, 404, 410, 503}
    assert len({served.story for served in run.ledger if served.story}) > 40


# --- manners and harvest: the ledger alone ------------------------------------------------------


def without(run: Run, is_gone: Callable[[Served], bool]) -> list[Served]:
    return [served for served in run.ledger if not is_gone(served)]


def again(served: Served, after: timedelta, **changes: object) -> Served:
    """Return a line of the ledger a while later."""
    moment = served.asked + after
    return replace(served, asked=moment, sent=moment, **changes)  # type: ignore[arg-type]


def at(run: Run, outlet: str, kind: str, status: int = 200) -> list[Served]:
    return [
        served
        for served in run.ledger
        if (served.outlet, served.kind, served.status) == (outlet, kind, status)
    ]


def no_robots(run: Run) -> list[Served]:
    return without(run, lambda served: (served.outlet, served.kind) == ("harbour-post", "robots"))


def old_robots(run: Run) -> list[Served]:
    later = at(run, "granite-gazette", "robots")[1:]
    return without(run, lambda served: served in later)


def always_forbidden(run: Run) -> list[Served]:
    members = next(story for story in run.plan.stories if story.path.startswith("/members/"))
    page = at(run, "harbour-post", "article")[-1]
    return [*run.ledger, again(page, 5 * MINUTE, target=members.path, story=members.id)]


def forbidden_since_a_ban(run: Run) -> list[Served]:
    ban = at(run, "meadow-mirror", "robots")[-1]
    page = at(run, "meadow-mirror", "article")[-1]
    return [*run.ledger, again(page, ban.asked - page.asked + 9 * MINUTE)]


def too_soon(run: Run) -> list[Served]:
    page = at(run, "granite-gazette", "article")[3]
    return [*run.ledger, again(page, timedelta(seconds=59.8))]


def sooner_than_robots_asks(run: Run) -> list[Served]:
    page = at(run, "tundra-times", "article")[3]
    return [*run.ledger, again(page, timedelta(seconds=80))]


def two_at_once(run: Run) -> list[Served]:
    page = at(run, "granite-gazette", "article")[3]
    return [*run.ledger, replace(page, asked=page.asked - MINUTE, sent=page.sent + MINUTE)]


def deaf(run: Run) -> list[Served]:
    refusal = next(served for served in run.ledger if served.status == 503)
    return [*run.ledger, again(refusal, 30 * MINUTE)]


def restless(run: Run) -> list[Served]:
    poll = at(run, "quarry-quill", "source")[5]
    return [*run.ledger, again(poll, 5 * MINUTE)]


def captured_again(run: Run) -> list[Served]:
    page = at(run, "granite-gazette", "article")[3]
    return [*run.ledger, again(page, 20 * MINUTE, target=f"{page.target}?utm_source=rss")]


def rechecked_too_often(run: Run) -> list[Served]:
    page = at(run, "tundra-times", "article")[0]
    ages = (RECHECK[2] + timedelta(hours=9), *RECHECK[3:], 3 * DAY, 4 * DAY)
    return [*run.ledger, *(again(page, age + 5 * MINUTE) for age in ages)]


def never_captured(run: Run) -> list[Served]:
    story = at(run, "harbour-post", "article")[2].story
    return without(run, lambda served: served.story == story)


def edit_not_seen(run: Run) -> list[Served]:
    edited = next(
        served
        for served in run.ledger
        if served.version == 1 and served.asked < START + DAY and served.kind == "article"
    )
    return without(run, lambda served: served.story == edited.story and served.version == 1)


def captured_late(run: Run) -> list[Served]:
    story = at(run, "tundra-times", "article")[2].story
    first = run.plan.story(str(story)).published
    return without(
        run, lambda served: served.story == story and served.asked < first + timedelta(hours=20)
    )


@pytest.mark.parametrize(
    ("kind", "plant"),
    [
        ("robots", no_robots),
        ("robots", old_robots),
        ("disallowed", always_forbidden),
        ("disallowed", forbidden_since_a_ban),
        ("delay", too_soon),
        ("delay", sooner_than_robots_asks),
        ("delay", two_at_once),
        ("retry-after", deaf),
        ("poll", restless),
        ("twice", captured_again),
        ("twice", rechecked_too_often),
        ("missing", never_captured),
        ("missing", edit_not_seen),
        ("late", captured_late),
    ],
)
def test_bad_manners_and_gaps_are_found(
    two_days: tuple[Run, Path], kind: str, plant: Plant
) -> None:
    run, _ = two_days

    changed = replace(run, ledger=plant(run))

    assert kind in kinds([*audit_manners(changed), *audit_harvest(changed)])


def test_nothing_is_demanded_that_was_to_be_had_only_while_the_crawler_was_down(
    two_days: tuple[Run, Path],
) -> None:
    run, _ = two_days
    night = START + timedelta(hours=26)
    published = {story.id for story in run.plan.stories if story.published > night}
    gone = without(run, lambda served: served.story in published)

    up = list(audit_harvest(replace(run, ledger=gone)))
    down = list(audit_harvest(replace(run, ledger=gone, downs=((night, run.ended),))))

    assert len(up) > 10
    assert down == []


# --- proof: the archive beside the ledger -------------------------------------------------------


def warcs(archive: Path, outlet: str) -> list[Path]:
    return sorted(archive.glob(f"warc/{outlet}/*.warc.gz"))


def left_open(_run: Run, archive: Path) -> None:
    file = warcs(archive, "harbour-post")[-1]
    file.rename(file.with_name(file.name + ".open"))


def bit_flip(_run: Run, archive: Path) -> None:
    file = warcs(archive, "harbour-post")[-1]
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0x10
    file.write_bytes(data)


def no_warc_left(_run: Run, archive: Path) -> None:
    shutil.rmtree(archive / "warc")


def lost_file(_run: Run, archive: Path) -> None:
    warcs(archive, "granite-gazette")[0].unlink()


def exchange_of(run: Run, archive: Path) -> tuple[Served, Exchange]:
    """Return a page that was captured, and its exchange as the archive has it."""
    page = at(run, "harbour-post", "article")[0]
    exchanges = exchanges_in(warcs(archive, "harbour-post")[0])
    return page, next(each for each in exchanges if each.url == run.url(page))


def write(archive: Path, exchange: Exchange, original: Original | None = None) -> None:
    with WarcWriter(archive, "harbour-post", now=START + 9 * DAY, software="test") as writer:
        writer.write_exchanges((exchange,), originals={0: original} if original else None)


def never_sent(run: Run, archive: Path) -> None:
    _, exchange = exchange_of(run, archive)
    write(archive, replace(exchange, response=exchange.response.replace(b"Harbour", b"HARBOUR")))


def sent_once_kept_twice(run: Run, archive: Path) -> None:
    write(archive, exchange_of(run, archive)[1])


@pytest.mark.parametrize(
    ("kind", "damage"),
    [
        ("open", left_open),
        ("damage", bit_flip),
        ("damage", no_warc_left),
        ("unrecorded", lost_file),
        ("catalog", lost_file),
        ("invented", never_sent),
        ("invented", sent_once_kept_twice),
    ],
)
def test_damage_to_the_records_is_found(
    copied: tuple[Run, Path], kind: str, damage: Damage
) -> None:
    run, archive = copied

    damage(run, archive)

    assert kind in kinds(audit(run, archive))


def sent_later(run: Run, page: Served) -> tuple[Served, Wire]:
    """Return a line of the ledger for a page that is sent once more, unchanged, and its bytes."""
    press, moment = run.plan.press_at(page.outlet), page.asked + RECHECK[0]
    answer = answer_to(run.plan, press, page.target, {}, moment, run.port)
    wire = wire_of(press, answer, moment)
    digests = {"sha256": wire.whole, "head_sha256": wire.head}
    changes = {name: hashed(data) for name, data in digests.items()}
    return again(page, RECHECK[0], **changes), wire


def hashed(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        ("none", {"kept twice", "catalog"}),
        ("unknown", {"unrecorded", "catalog"}),
        ("first", {"catalog"}),
    ],
)
def test_a_body_that_did_not_change_is_kept_as_a_revisit_of_a_record_that_is_there(
    copied: tuple[Run, Path], original: str, expected: set[str]
) -> None:
    run, archive = copied
    page, exchange = exchange_of(run, archive)
    served, wire = sent_later(run, page)
    record = next(
        kept
        for kept in Holdings.read(archive).records
        if kept.type == "response" and kept.sha256 == page.sha256
    )
    named = Original(
        id=record.id if original == "first" else "<urn:uuid:0b8b1c2e-0000-4000-8000-000000000000>",
        url=exchange.url,
        date=exchange.started,
        payload_digest=page.payload,
    )

    write(archive, replace(exchange, response=wire.whole), None if original == "none" else named)
    problems = audit(replace(run, ledger=[*run.ledger, served]), archive)

    assert kinds(problems) - {"twice", "delay"} == expected  # the catalog has no row of it


def statement(sql: str) -> Damage:
    def run_it(_run: Run, archive: Path) -> None:
        with sqlite3.connect(archive / "catalog.db") as connection:
            connection.execute(sql)
        connection.close()

    return run_it


def first_text(archive: Path) -> Path:
    return min(archive.glob("text/granite-gazette/*/*.txt"))


def misnamed(_run: Run, archive: Path) -> None:
    file = first_text(archive)
    file.rename(file.with_name("000_0123456789abcdef.txt"))


def rewritten(_run: Run, archive: Path) -> None:
    file = first_text(archive)
    text = file.read_bytes() + b"\n\nAnd so on."
    file.unlink()
    file.with_name(f"{file.name[:4]}{hashed(text)[:16]}.txt").write_bytes(text)


def text_gone(_run: Run, archive: Path) -> None:
    first_text(archive).unlink()


def text_left_over(_run: Run, archive: Path) -> None:
    file = first_text(archive)
    file.with_name(f"999{file.name[3:]}").write_bytes(file.read_bytes())


@pytest.mark.parametrize(
    ("problem", "damage"),
    [
        ("catalog: no record", statement("UPDATE exchanges SET request_offset = 1 WHERE id = 3")),
        ("catalog: no record", statement("UPDATE exchanges SET url = 'http://x/' WHERE id = 3")),
        ("catalog: 0 rows", statement("DELETE FROM exchanges WHERE id = 3")),
        ("text: 000_0123456789abcdef.txt does not prove itself", misnamed),
        ("is in the catalog alone", misnamed),
        ("holds what nobody told", rewritten),
        ("was captured, and has no text", text_gone),
        ("is not in the catalog", text_left_over),
        ("leads to no article", statement("DELETE FROM article_urls WHERE url LIKE '%/amp/%'")),
        (
            "leads to the article of",
            statement("UPDATE article_urls SET article_id = 1 WHERE article_id = 2"),
        ),
        (
            "lead to 2 articles",
            statement(
                "UPDATE article_urls SET article_id = (SELECT max(id) FROM articles)"
                " WHERE url LIKE '%/amp/%'"
            ),
        ),
        (
            "articles too many",
            statement(
                "INSERT INTO articles (outlet, url, title, authors, tags, first_captured,"
                " last_captured) SELECT outlet, 'http://x/', title, authors, tags, first_captured,"
                " last_captured FROM articles WHERE id = 1"
            ),
        ),
    ],
)
def test_rows_and_texts_that_disagree_are_found(
    copied: tuple[Run, Path], problem: str, damage: Damage
) -> None:
    run, archive = copied

    damage(run, archive)

    assert [found for found in audit(run, archive) if problem in found]


def test_what_was_on_its_way_when_the_crawler_was_killed_may_be_lost(
    two_days: tuple[Run, Path],
) -> None:
    run, _ = two_days
    page = at(run, "harbour-post", "article")[0]
    killed = replace(
        run, settling=2 * MINUTE, downs=((page.sent + MINUTE, page.sent + 3 * MINUTE),)
    )

    assert killed.is_doubtful(page)
    assert not killed.is_doubtful(again(page, -2 * MINUTE))
    assert not killed.is_doubtful(again(page, 2 * MINUTE))
    assert not replace(killed, found=frozenset({page.sha256})).is_doubtful(page)
    assert not run.is_doubtful(page)
    assert run.is_doubtful(replace(page, whole=False))

"""The robots.txt at hand: bounded by their bytes, the last used kept."""

from datetime import UTC, datetime

from scraper.fetch.known_robots import KnownRobots
from scraper.fetch.robots import Answer, Robots

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def robots(size: int) -> Robots:
    body = b"#" * size
    return Robots(url="http://a.example/", answer=Answer.FILE, fetched=NOW, expires=NOW, body=body)


def test_those_that_were_used_longest_ago_are_let_go() -> None:
    known = KnownRobots(max_bytes=10_000)
    for name in "abc":
        known.keep(name, robots(2_500))
    assert known.get("a") is not None

    known.keep("d", robots(2_500))

    assert [name for name in "abcd" if known.get(name) is not None] == ["a", "c", "d"]


def test_the_largest_is_at_hand_alone_and_a_new_version_counts_once() -> None:
    known = KnownRobots(max_bytes=10_000)
    known.keep("a", robots(2_000))
    known.keep("a", robots(2_500))
    known.keep("b", robots(6_000))
    assert known.get("a") is not None

    known.keep("large", robots(500_000))

    assert [name for name in ("a", "b", "large") if known.get(name) is not None] == ["large"]


def test_a_thousand_hosts_with_the_largest_files_stay_within_the_memory() -> None:
    known, one = KnownRobots(), robots(524_289)
    for number in range(1_000):
        known.keep(f"http://{number}.example/robots.txt", one)

    assert known.get("http://999.example/robots.txt") is one
    assert known.get("http://900.example/robots.txt") is None

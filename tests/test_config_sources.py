"""Which outlet a URL belongs to, and which rule reads a page."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.config import Sources, outlet_for, rule_for
from scraper.model import Outlet, Rule


def sources_with(**homes: str) -> Sources:
    return Sources(
        outlets=tuple(Outlet(id=name, name=name, home=home) for name, home in homes.items())
    )


def id_of(sources: Sources, url: str) -> str | None:
    outlet = outlet_for(sources, url)
    return None if outlet is None else outlet.id


@pytest.mark.parametrize(
    "url",
    [
        "https://www.times.example/2020/a",
        "http://times.example",
        "https://m.times.example/a",
        "https://amp.times.example/a",
        "https://WWW.TIMES.example./a",
        "https://www.times.example:8443/a",
        "https://user@www.times.example/a",
        "https://sport.times.example/a",
        "https://www.sport.times.example/a",
        " https://times.example/a ",
    ],
)
def test_twins_and_subdomains_are_the_outlets(url: str) -> None:
    assert id_of(sources_with(times="https://www.times.example/"), url) == "times"


@pytest.mark.parametrize(
    "url",
    [
        "https://thetimes.example/",
        "https://example/",
        "https://times.example.org/",
        "ftp://times.example/",
        "times.example/a",
        "https://",
        "https://times.example:99999/",
        "https://[::1/",
        "https://times.example/a b",
        "",
    ],
)
def test_other_hosts_and_what_is_no_url_belong_to_nobody(url: str) -> None:
    assert id_of(sources_with(times="https://times.example/"), url) is None


def test_the_closest_home_above_a_subdomain_wins() -> None:
    sources = sources_with(times="https://www.times.example/", sport="https://sport.times.example/")

    assert id_of(sources, "https://live.sport.times.example/a") == "sport"
    assert id_of(sources, "https://amp.sport.times.example/a") == "sport"
    assert id_of(sources, "https://news.times.example/a") == "times"


def test_the_longest_home_path_wins_on_one_host() -> None:
    sources = sources_with(
        all="https://times.example/",
        world="https://times.example/world/",
        asia="https://times.example/world/asia",
    )

    assert id_of(sources, "https://www.times.example/world/asia/a") == "asia"
    assert id_of(sources, "https://times.example/world/asiatic") == "world"
    assert id_of(sources, "https://times.example/world") == "world"
    assert id_of(sources, "https://times.example/worldly") == "all"


def test_a_home_with_a_path_takes_its_whole_host_only_where_it_stands_alone() -> None:
    alone = sources_with(en="https://times.example/en/")
    two = sources_with(en="https://times.example/en/", tr="https://times.example/tr/")

    assert id_of(alone, "https://times.example/2020/a") == "en"
    assert id_of(two, "https://times.example/2020/a") is None
    assert id_of(two, "https://times.example/tr/a") == "tr"


def test_a_home_with_a_port_wants_that_port() -> None:
    sources = sources_with(one="http://127.0.0.1:8001/", two="http://127.0.0.1:8002/")

    assert id_of(sources, "http://127.0.0.1:8001/a") == "one"
    assert id_of(sources, "http://127.0.0.1:8002/a") == "two"
    assert id_of(sources, "http://127.0.0.1:8003/a") is None
    assert id_of(sources, "http://127.0.0.1/a") is None


def test_a_home_that_names_the_port_is_closer_than_one_that_does_not() -> None:
    sources = sources_with(plain="http://localhost/", port="http://localhost:8001/")

    assert id_of(sources, "http://localhost:8001/a") == "port"
    assert id_of(sources, "http://localhost:8002/a") == "plain"


def test_a_twin_that_is_an_outlet_of_its_own_is_closer_than_its_sibling() -> None:
    sources = sources_with(www="https://www.times.example/", mobile="https://m.times.example/")

    assert id_of(sources, "https://m.times.example/a") == "mobile"
    assert id_of(sources, "https://www.times.example/a") == "www"


def test_addresses_and_international_names_are_hosts_too() -> None:
    sources = sources_with(six="http://[::1]:8001/", paper="https://xn--brse-5qa.example/")

    assert id_of(sources, "http://[::1]:8001/a") == "six"
    assert id_of(sources, "https://www.börse.example/a") == "paper"
    assert id_of(sources_with(ip="http://0.0.1/"), "http://127.0.0.1/") is None


@given(st.text(max_size=40) | st.from_regex(r"https?://[a-z.:@\[\]0-9/]{0,20}", fullmatch=True))
def test_no_text_whatever_breaks_the_search(url: str) -> None:
    outlet = outlet_for(sources_with(times="https://times.example/"), url)

    assert outlet is None or "times.example" in url.lower()


def outlet_with(*rules: Rule) -> Outlet:
    return Outlet(id="a", name="A", home="https://a.example/", rules=rules)


URL = "https://a.example/2020/01/01/story"


def test_the_newest_rule_that_covers_the_day_is_used() -> None:
    old, mid, new = (
        Rule(title="old", valid_until=date(2019, 12, 31)),
        Rule(title="mid", valid_from=date(2020, 1, 1)),
        Rule(title="new", valid_from=date(2022, 6, 1)),
    )
    outlet = outlet_with(new, old, mid)

    assert rule_for(outlet, URL, date(2019, 12, 31)) is old
    assert rule_for(outlet, URL, date(2020, 1, 1)) is mid
    assert rule_for(outlet, URL, date(2022, 5, 31)) is mid
    assert rule_for(outlet, URL, date(2022, 6, 1)) is new


def test_a_day_outside_of_every_period_has_no_rule() -> None:
    rule = Rule(valid_from=date(2020, 1, 1), valid_until=date(2020, 12, 31))

    assert rule_for(outlet_with(rule), URL, date(2019, 12, 31)) is None
    assert rule_for(outlet_with(rule), URL, date(2020, 12, 31)) is rule
    assert rule_for(outlet_with(rule), URL, date(2021, 1, 1)) is None
    assert rule_for(outlet_with(), URL, date(2020, 1, 1)) is None


def test_a_newer_rule_that_has_ended_leaves_the_older_one() -> None:
    general = Rule(title="general")
    trial = Rule(title="trial", valid_from=date(2020, 3, 1), valid_until=date(2020, 3, 31))

    assert rule_for(outlet_with(trial, general), URL, date(2020, 3, 15)) is trial
    assert rule_for(outlet_with(trial, general), URL, date(2020, 4, 1)) is general


def test_the_last_written_wins_a_tie() -> None:
    first, second = Rule(title="first"), Rule(title="second")
    dated = Rule(valid_from=date(2020, 1, 1)), Rule(valid_from=date(2020, 1, 1))

    assert rule_for(outlet_with(first, second), URL, date(2020, 1, 1)) is second
    assert rule_for(outlet_with(*dated, first), URL, date(2020, 1, 1)) is dated[1]


def test_a_rule_whose_match_does_not_fit_is_passed_over() -> None:
    everything = Rule(title="everything")
    live = Rule(title="live", match="*/live/*", valid_from=date(2020, 1, 1))

    outlet = outlet_with(everything, live)

    assert rule_for(outlet, "https://a.example/live/x", date(2020, 1, 1)) is live
    assert rule_for(outlet, URL, date(2020, 1, 1)) is everything
    assert rule_for(outlet_with(live), URL, date(2020, 1, 1)) is None


def test_without_a_day_every_period_covers() -> None:
    ended = Rule(title="ended", valid_until=date(2019, 1, 1))
    newer = Rule(title="newer", valid_from=date(2022, 1, 1))

    assert rule_for(outlet_with(ended, newer), URL, None) is newer
    assert rule_for(outlet_with(ended), URL, None) is ended

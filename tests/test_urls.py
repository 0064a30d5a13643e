import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.urls import (
    canonical,
    host_of,
    is_matching,
    is_tracking,
    normal_url,
    site_of,
    without_user,
)


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTP://WWW.Example.ORG", "http://www.example.org/"),
        ("https://example.org:443/a?b=c#d", "https://example.org/a?b=c"),
        ("http://example.org:8080/A", "http://example.org:8080/A"),
        ("https://user:secret@example.org/a", "https://example.org/a"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/ä"),
        ("http://[2001:DB8::1]:80/x", "http://[2001:db8::1]/x"),
        ("  https://example.org/a \n", "https://example.org/a"),
    ],
)
def test_normal_url_keeps_what_names_the_page(url: str, normal: str) -> None:
    assert normal_url(url) == normal


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("example.org/a", "http://"),
        ("ftp://example.org/", "http://"),
        ("javascript:alert(1)", "http://"),
        ("http:///nohost", "no host"),
        ("http://exam ple.org/", "white space"),
        ("http://example.org/a\r\nX: y", "white space or control"),
        ("http://example.org:99999/", "[Pp]ort"),
        ("http://example.org:port/", "[Pp]ort"),
        ("http://example.org:0/", "port 0"),
        ("http://[::1/", "Invalid IPv6"),
        ("http://./a", "no host"),
        ("http://user@:80/a", "no host"),
        ("http://" + "ü" * 300 + ".example/", "international"),
    ],
)
def test_what_is_no_url_is_refused_with_the_reason(url: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        normal_url(url)


@given(
    st.sampled_from(["http", "https", "HTTPS"]),
    st.from_regex(r"[a-zA-Z0-9]{1,10}(\.[a-zA-Z]{2,6}){1,2}", fullmatch=True),
    st.integers(1, 65535) | st.none(),
    st.from_regex(r"(/[A-Za-z0-9._~%-]*)*(\?[a-z=&0-9]*)?(#[a-z]*)?", fullmatch=True),
)
def test_normal_url_of_a_normal_url_is_itself(
    scheme: str, host: str, port: int | None, rest: str
) -> None:
    once = normal_url(f"{scheme}://{host}{'' if port is None else f':{port}'}{rest}")

    assert normal_url(once) == once


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://user:pw@example.org:99999/a@b", "http://example.org:99999/a@b"),
        ("http://p@w@[::1/", "http://[::1/"),
        ("ftp://example.org/@a", "ftp://example.org/@a"),
        ("nothing at all", "nothing at all"),
    ],
)
def test_without_user_leaves_no_password_in_what_is_no_url(url: str, said: str) -> None:
    assert without_user(url) == said


def test_twins_of_a_site_are_one_site() -> None:
    assert {site_of(host) for host in ("example.org", "www.example.org", "m.example.org")} == {
        "example.org"
    }
    assert site_of("m.example") == "m.example"


def test_host_of_has_no_port_and_no_case() -> None:
    assert host_of("https://WWW.example.org:8443/x") == "www.example.org"


def test_patterns_know_stars_and_question_marks_and_nothing_else() -> None:
    assert is_matching("https://example.org/2026/a", "*/20??/*")
    assert is_matching("https://example.org/a[1]", "*/a[1]")
    assert not is_matching("https://example.org/a1", "*/a[1]")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a?utm_source=x&utm_medium=y", "https://example.org/a"),
        ("https://example.org/a?id=7&fbclid=x&b=1", "https://example.org/a?id=7&b=1"),
        ("https://example.org/a?UTM%5FSource=x", "https://example.org/a"),
        ("https://example.org/a?mc_cid=1&mc_eid=2", "https://example.org/a?"),
        ("https://example.org/a?&b=1&&c=2&", "https://example.org/a?b=1&c=2"),
        ("HTTPS://Example.ORG.:443/a#live", "https://example.org/a"),
        ("https://example.org/b/../a/./c", "https://example.org/a/c"),
        ("https://example.org/b/%2E%2e/a/%2e", "https://example.org/a/"),
        ("https://example.org/../../a", "https://example.org/a"),
        ("https://example.org/%7Ejoe/%c3%a4", "https://example.org/~joe/ä"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://example.org/100%/a", "https://example.org/100%25/a"),
        ("https://example.org/a?q=[1]|2", "https://example.org/a?q=%5B1%5D%7c2"),
    ],
)
def test_spellings_of_one_page_are_one(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a", "https://example.org/a/"),
        ("https://example.org/a", "https://example.org/A"),
        ("https://example.org/a?b=1&c=2", "https://example.org/a?c=2&b=1"),
        ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ("https://example.org/a?q=x%26y", "https://example.org/a?q=x&y"),
        ("https://example.org/a//b", "https://example.org/a/b"),
        ("https://example.org/a%2541", "https://example.org/aA"),
        ("https://example.org/?id=1", "https://example.org/?id=2"),
        ("https://example.org/a?source=7", "https://example.org/a"),
        ("http://example.org/a", "https://example.org/a"),
        ("https://m.example.org/a", "https://www.example.org/a"),
        ("https://example.org/a?x", "https://example.org/a?x="),
    ],
)
def test_pages_that_a_server_may_tell_apart_stay_apart(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("name", ["id", "p", "page", "ref", "source", "cid", "eid", "s", "story"])
def test_parameters_that_pick_a_page_somewhere_are_kept(name: str) -> None:
    assert not is_tracking(name)


NASTY = st.one_of(
    st.text(
        alphabet="/.%2eE5Ff?&=#_utm;:@[]\\\"'<>|^`{}~ÄßİſК﹪\uff0e。\u0085\u00a0\u200b\ud800 a",
        max_size=40,
    ),
    st.text(max_size=30),
)


@given(
    st.sampled_from(["http", "https", "HtTp"]),
    st.sampled_from(["example.org", "EXAMPLE.org.", "bücher.example", "straße.example", "[::1]"])
    | st.text(alphabet="aA.-。\uff0eßİ1:@%é", min_size=1, max_size=12),
    NASTY,
)
def test_canonical_of_a_canonical_url_is_itself(scheme: str, host: str, rest: str) -> None:
    url = f"{scheme}://{host}/{rest}"
    try:
        once = canonical(url)
    except ValueError:
        return

    assert canonical(once) == once
    assert normal_url(once) == once
    assert once.isascii()


@given(st.sampled_from(["https://example.org/a", "http://[::1]:8080"]), NASTY)
def test_canonical_says_the_same_of_what_is_fetched(base: str, rest: str) -> None:
    try:
        fetched = normal_url(base + "/" + rest)
    except ValueError:
        return

    assert normal_url(fetched) == fetched
    assert canonical(fetched) == canonical(base + "/" + rest)


@given(st.from_regex(r"https?://[a-z0-9.-]{1,20}/[A-Za-z0-9._~/-]{0,30}", fullmatch=True))
def test_plain_urls_are_what_the_long_way_makes_of_them(url: str) -> None:
    try:
        long_way = canonical(url + "#long"), normal_url(url + "#long")
    except ValueError:
        return

    assert (canonical(url), normal_url(url)) == long_way


@pytest.mark.parametrize("accent", ["\u00b4", "\u00a8", "\u2003", "\u037a"])
def test_a_host_whose_letters_become_a_blank_is_none(accent: str) -> None:
    with pytest.raises(ValueError, match="international name"):
        normal_url(f"https://pap{accent}er.example/a")

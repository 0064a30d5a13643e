import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.urls import host_of, is_matching, normal_url, site_of


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
        ("http://[::1/", "Invalid IPv6"),
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

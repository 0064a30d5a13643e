"""Sort keys are those of the package surt 0.3.1, whose answers stand here."""

import json
import subprocess
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from interop_tools import tool

from scraper.archive.surt import surt

ANSWERS = {
    "http://example.org/": "org,example)/",
    "https://www.Example.org/News/?b=2&a=1": "org,example)/news?a=1&b=2",
    "https://www2.example.org:443/a/": "org,example)/a",
    "http://example.org:8080/a": "org,example:8080)/a",
    "http://example.org/a/./b/../c//d": "org,example)/a/c/d",
    "http://example.org/caf%C3%A9": "org,example)/caf%c3%a9",
    "http://example.org/%2541": "org,example)/a",
    "http://bücher.example/ü": "example,xn--bcher-kva)/%c3%bc",
    "http://127.0.0.1:8000/x#part": "1,0,0,127:8000)/x",
    "http://2130706433/": "1,0,0,127)/",
    "http://user:secret@example.org/": "org,example)/",
    "http://example.org/?": "org,example)/",
    "http://example.org/a?utm_source=x": "org,example)/a?utm_source=x",
    "http://example.org/a?jsessionid=0123456789abcdef0123456789abcdef&b=1": "org,example)/a?b=1",
    "http://https://example.org/": "org,example)/",
    "urn:text:http://example.org/A": "urn:text:http://example.org/a",
    "http://example.org:port/": "http://example.org:port/",
    "": "-",
}


@pytest.mark.parametrize("url", ANSWERS)
def test_key_is_the_known_one(url: str) -> None:
    assert surt(url) == ANSWERS[url]


_PIECES = (
    "http://", "https://", "HTTP://", "urn:text:", "www.", "www2.", "www", "Example", "com", "org",
    ".", "..", ":80", ":443", ":8080", ":", "/", "//", "/a/../b", "/./", "A", "é", "日本", "%41",
    "%2541", "%", "%zz", "?", "&", "=", "a=1", "b=2", "B", "#x", "#", "user@", "user:p@", " ", "\t",
    "\n", "127.0.0.1", "0177.1", "3232235777", "1.2.3.4.5", "256.1.1.1", "dns:", "filedesc:",
    "jsessionid=0123456789abcdef0123456789abcdef", "sid=0123456789abcdef0123456789abcdef",
    "cfid=1&cftoken=2", "(0123456789abcdefghijklmn)/x.aspx", "[::1]", "+", "%20", '"', "\\", "|",
)  # fmt: skip
STARTS = ("http://", "https://", "https://www.", "")


@given(st.text())
def test_any_string_has_a_key_on_one_line_or_stands_as_it_is(url: str) -> None:
    key = surt(url)

    assert key == url or "\n" not in key


@pytest.mark.slow
def test_keys_are_those_of_the_package() -> None:
    random = Random(1)
    urls = [
        random.choice(STARTS) + "".join(random.choices(_PIECES, k=random.randrange(10)))
        for _ in range(20_000)
    ]
    asked = (
        "import json, sys, surt\n"
        "def key(url):\n"
        "    try: return surt.surt(url)\n"
        "    except Exception: return url\n"  # what cdxj-indexer makes of an error
        "print(json.dumps([key(url) for url in json.load(sys.stdin)]))\n"
    )
    python = tool("cdxj-indexer").rsplit("/", 1)[0] + "/python"
    done = subprocess.run(
        [python, "-W", "ignore", "-c", asked],
        input=json.dumps(urls),
        capture_output=True,
        text=True,
        check=True,
    )

    assert [surt(url) for url in urls] == json.loads(done.stdout)

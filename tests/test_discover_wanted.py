import pytest

from scraper.discover.wanted import is_wanted, why_unwanted
from scraper.model import Source


def source(allow: tuple[str, ...] = (), deny: tuple[str, ...] = ()) -> Source:
    return Source(type="feed", url="https://paper.example/rss", allow=allow, deny=deny)


@pytest.mark.parametrize(
    ("url", "allow", "deny", "wanted"),
    [
        ("https://paper.example/news/a", (), (), True),
        ("https://paper.example/news/a", ("*/news/*",), (), True),
        ("https://paper.example/sport/a", ("*/news/*",), (), False),
        ("https://paper.example/sport/a", ("*/news/*", "*/sport/*"), (), True),
        ("https://paper.example/videos/a", (), ("*/videos/*",), False),
        ("https://paper.example/news/videos/a", ("*/news/*",), ("*/videos/*",), False),
        ("https://paper.example/news/a?b=1", ("*/a",), (), False),
    ],
)
def test_deny_outweighs_allow_and_no_allow_is_all(
    url: str, allow: tuple[str, ...], deny: tuple[str, ...], wanted: bool
) -> None:
    assert is_wanted(url, source(allow, deny)) is wanted


def test_the_reason_names_the_pattern() -> None:
    denying = source(deny=("*/live/*", "*/videos/*"))

    assert why_unwanted("https://paper.example/videos/a", denying) == (
        "denied by the pattern '*/videos/*' of its source"
    )
    assert why_unwanted("https://paper.example/a", source(allow=("*/b",))) == (
        "none of the allow patterns of its source fits"
    )

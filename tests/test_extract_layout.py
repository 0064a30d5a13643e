"""The layout of a text file (DESIGN, section 3): a law, so tested as one."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.extract.layout import line_of, parts_of, text_of

PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
LINES = st.text(max_size=60)


@given(LINES)
def test_a_line_is_its_own_line(text: str) -> None:
    assert line_of(line_of(text)) == line_of(text)


@given(st.text(), st.lists(LINES))
def test_a_text_keeps_the_layout_whatever_goes_in(title: str, paragraphs: list[str]) -> None:
    text = text_of(title, paragraphs)

    assert unicodedata.is_normalized("NFC", text)
    assert "\n\n\n" not in text
    assert text == text.strip()
    for line in text.split("\n"):
        assert line == line.strip()
        assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in line)
        assert not any(char in "\xa0\u200b\ufeff\u2060\xad\u202e" for char in line)
    text.encode("utf-8")


@given(LINES.filter(line_of), st.lists(LINES.filter(line_of)))
def test_a_text_is_read_back_as_headline_and_paragraphs(title: str, paragraphs: list[str]) -> None:
    expected = (line_of(title), tuple(map(line_of, paragraphs)))

    assert parts_of(text_of(title, paragraphs)) == expected
    assert text_of(*parts_of(text_of(title, paragraphs))) == text_of(title, paragraphs)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\u00a0b", "a b"),
        ("har\u00adbour", "harbour"),
        ("a\u200bb\ufeff", "ab"),
        ("e\u0301", "é"),
        ("line\r\nbreak\u2028here", "line break here"),
        ("\x1b[31mred\x07", "[31mred"),
        ("left \u202eright", "left right"),
        ("w\u200cx", "wx"),
        (PERSIAN, PERSIAN),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
    ],
    ids=["nbsp", "soft hyphen", "zero width", "nfc", "breaks", "escape", "bidi", "latin zwnj",
         "persian zwnj", "devanagari zwj"],
)  # fmt: skip
def test_invisible_characters_go_and_spelling_stays(raw: str, clean: str) -> None:
    assert line_of(raw) == clean

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from scraper.cli.terminal import safe, safe_block


def test_security_rule_11_escape_sequences_lose_their_power() -> None:
    assert safe("\x1b]0;pwn\x07\x1b[2J<script>\u202etxt") == "]0;pwn[2J<script>txt"


def test_a_line_stays_one_line() -> None:
    assert safe("a\r\nforged: line\u2028b") == "a forged: line b"


def test_a_block_keeps_its_lines_and_tabs() -> None:
    assert safe_block("a\n\tb\x00\x9b1m") == "a\n\tb1m"


def test_width_cuts_with_an_ellipsis() -> None:
    assert safe("abcdef", width=4) == "abc…"


@given(st.text(), st.integers(1, 40))
def test_security_rule_11_safe_has_no_control_and_fits(text: str, width: int) -> None:
    line = safe(text, width=width)

    assert len(line) <= width
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in line)

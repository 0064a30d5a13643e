"""The words of a text: by a pattern, or in a quarter of the time where it is plain English."""

import re

from hypothesis import given
from hypothesis import strategies as st

from scraper.extract.pieces import tokens_of

TEXTS = st.text(
    st.sampled_from("aZ09_ .,'-\u2019\u201c\u2014\u2026\u0130\u00e9\u212a\u00a0\x1c\x85")
)


@given(st.one_of(TEXTS, st.text()))
def test_words_are_runs_of_letters_and_digits_however_they_are_found(text: str) -> None:
    assert tokens_of(text) == tuple(re.findall(r"\w+", text.lower()))

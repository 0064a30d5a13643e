"""What changed between two versions of a text: paragraph by paragraph, and words within them.

It compares; it decides nothing about what is worth telling.
"""

import difflib
import re
from collections.abc import Iterator

_WORDS = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")  # with the space after them: phrases stay whole
_LIKE = 0.5  # two paragraphs that share fewer words than this are not one that was edited


def unified(old: str, new: str, *, old_name: str, new_name: str) -> str:
    """Return a unified diff by lines, as `diff -u` writes it; empty where nothing changed."""
    lines = difflib.unified_diff(
        old.split("\n"), new.split("\n"), old_name, new_name, lineterm="", n=1
    )
    return "".join(f"{line}\n" for line in lines)


def marked(old: str, new: str) -> Iterator[str]:
    """Yield each paragraph that changed: what went as ``[-words-]``, what came as ``{+words+}``."""
    before, after = old.split("\n\n"), new.split("\n\n")
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            yield from _paired(before[start:end], after[new_start:new_end])


def _paired(before: list[str], after: list[str]) -> Iterator[str]:
    """Yield paragraphs beside those that they became; what has no other half went or came."""
    left = list(after)
    for paragraph in before:
        place = next((place for place, one in enumerate(left) if _are_alike(paragraph, one)), None)
        if place is None:
            yield f"[-{paragraph}-]"
            continue
        for came in left[:place]:
            yield f"{{+{came}+}}"
        yield _edited(paragraph, left[place])
        left = left[place + 1 :]
    for came in left:
        yield f"{{+{came}+}}"


def _are_alike(one: str, other: str) -> bool:
    matcher = difflib.SequenceMatcher(None, _WORDS.findall(one), _WORDS.findall(other), False)
    return matcher.quick_ratio() >= _LIKE and matcher.ratio() >= _LIKE


def _edited(before: str, after: str) -> str:
    one, other = _WORDS.findall(before), _WORDS.findall(after)
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    parts = []
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        went, came = "".join(one[start:end]), "".join(other[new_start:new_end])
        if tag == "equal":
            parts.append(went)
            continue
        parts += [f"[-{went}-]"] if went else []
        parts += [f"{{+{came}+}}"] if came else []
    return "".join(parts)

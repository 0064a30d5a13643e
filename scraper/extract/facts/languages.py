"""The language of a page: what it declares, unless its own letters contradict it.

It recognises scripts, not words: letters tell Japanese from English, not Spanish from Portuguese.
"""

import re
from collections import Counter
from functools import lru_cache
from itertools import islice

from scraper.extract.jsonld import strings
from scraper.extract.metadata import Said

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z")
_LEAST_LETTERS = 12
_MOST_LETTERS = 200  # enough to know a script
# Borders of scripts (Unicode blocks), and the languages that write in them; the first is taken
# where the script has one language alone.
_SCRIPTS: tuple[tuple[int, int, str], ...] = (
    (0x0041, 0x024F, "latin"), (0x1E00, 0x1EFF, "latin"), (0x0370, 0x03FF, "greek"),
    (0x0400, 0x052F, "cyrillic"), (0x0530, 0x058F, "armenian"), (0x0590, 0x05FF, "hebrew"),
    (0x0600, 0x06FF, "arabic"), (0x0750, 0x077F, "arabic"), (0x0900, 0x097F, "devanagari"),
    (0x0980, 0x09FF, "bengali"), (0x0A00, 0x0A7F, "gurmukhi"), (0x0A80, 0x0AFF, "gujarati"),
    (0x0B00, 0x0B7F, "odia"), (0x0B80, 0x0BFF, "tamil"), (0x0C00, 0x0C7F, "telugu"),
    (0x0C80, 0x0CFF, "kannada"), (0x0D00, 0x0D7F, "malayalam"), (0x0D80, 0x0DFF, "sinhala"),
    (0x0E00, 0x0E7F, "thai"), (0x0E80, 0x0EFF, "lao"), (0x1000, 0x109F, "burmese"),
    (0x10A0, 0x10FF, "georgian"), (0x1100, 0x11FF, "hangul"), (0x1200, 0x137F, "ethiopic"),
    (0x1780, 0x17FF, "khmer"), (0x3040, 0x30FF, "kana"), (0x4E00, 0x9FFF, "han"),
    (0xAC00, 0xD7AF, "hangul"),
)  # fmt: skip
_ONE_LANGUAGE = {
    "greek": "el", "armenian": "hy", "bengali": "bn", "gurmukhi": "pa", "gujarati": "gu",
    "odia": "or", "tamil": "ta", "telugu": "te", "kannada": "kn", "malayalam": "ml",
    "sinhala": "si", "thai": "th", "lao": "lo", "burmese": "my", "georgian": "ka",
    "hangul": "ko", "khmer": "km", "kana": "ja", "han": "zh", "hebrew": "he",
}  # fmt: skip
# Languages that are not written in Latin letters; the others may be, whatever else they use.
_WRITTEN_IN = {language: script for script, language in _ONE_LANGUAGE.items()} | {
    "ru": "cyrillic", "uk": "cyrillic", "be": "cyrillic", "bg": "cyrillic", "mk": "cyrillic",
    "ar": "arabic", "fa": "arabic", "ur": "arabic", "ps": "arabic", "hi": "devanagari",
    "mr": "devanagari", "ne": "devanagari", "am": "ethiopic", "ti": "ethiopic", "yi": "hebrew",
}  # fmt: skip
_LATIN = frozenset({
    "en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "nb", "nn", "fi", "is", "pl", "cs",
    "sk", "sl", "hr", "hu", "ro", "et", "lv", "lt", "tr", "vi", "id", "ms", "tl", "sw", "zu", "st",
    "ca", "eu", "gl", "cy", "ga", "sq", "af",
})  # fmt: skip


def language_of(said: Said, content_language: str | None, sample: str = "") -> str | None:
    """Return the language as a BCP 47 tag: html, meta, JSON-LD, HTTP, then the script of a sample.

    A tag whose script is another than the sample's was left over from a theme, and is passed over.
    """
    in_json = strings(said.article.get("inLanguage"))
    script = script_of(sample)
    for tag in (
        said.html_lang,
        said.first(("content-language", "language", "og:locale", "dc.language", "inlanguage")),
        in_json[0] if in_json else "",
        content_language or "",
    ):
        clean = tag.split(",")[0].strip().replace("_", "-")
        if _LANGUAGE.match(clean) and _may_be(clean.lower().split("-")[0], script):
            return clean
    return _ONE_LANGUAGE.get(script or "")


def script_of(text: str) -> str | None:
    """Return the script of most letters of a text; None where there are too few to tell."""
    letters = list(islice(filter(str.isalpha, text[: 4 * _MOST_LETTERS]), _MOST_LETTERS))
    found = Counter(map(_script, letters))
    if found["kana"] and found["kana"] * 4 >= found["han"]:  # Japanese mixes the two
        found["kana"] += found.pop("han", 0)
    name, count = found.most_common(1)[0] if found else ("", 0)
    return name if name and len(letters) >= _LEAST_LETTERS and count * 2 > len(letters) else None


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    point = ord(char)
    return next((name for low, high, name in _SCRIPTS if low <= point <= high), "")


def _may_be(language: str, script: str | None) -> bool:
    if script is None:
        return True
    if language in _LATIN:
        return script == "latin"
    if language == "ja":
        return script in {"kana", "han"}
    return _WRITTEN_IN.get(language, script) == script

"""Files of fivefilters/ftr-site-config -> rules: what can be taken over, and what cannot.

The format is theirs ("site patterns" in their help): a directive and its value on each line, `#`
before comments. It opens no files and fetches none; their licence is unclear, so none is here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scraper.config.checks import selector_problem
from scraper.extract.audit import FOREIGN
from scraper.model import Rule

_LINE = re.compile(r"([a-z_]+)(?:\((.*)\))?\s*:(.*)\Z", re.DOTALL)
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+\Z")
_SELECTORS = {"body": "body", "title": "title", "strip": "strip"}
_SENT = "pages are read as they were sent, not rewritten"
_MARKUP = "a text has no markup that it could change"
_COOKIE = "who has a subscription names its cookie: cookie_env in [outlet.fetch]"
_WHY = {  # directives that have no key in a rule, and who does their work here
    "author": "authors are read from the page by themselves",
    "date": "dates are read from the page by themselves",
    "find_string": _SENT,
    "replace_string": _SENT,
    "next_page_link": "further pages are found by themselves",
    "autodetect_next_page": "further pages are found by themselves",
    "single_page_link": "a page is captured at its own address",
    "single_page_link_in_feed": "a page is captured at its own address",
    "if_page_contains": "a rule holds for all pages that its `match` fits",
    "test_contains": "make a test of your own: scraper rules freeze",
    "test_url": "make a test of your own: scraper rules freeze",
    "http_header": "what is to be sent stands in headers of [outlet.fetch]",
    "requires_login": _COOKIE,
    "not_logged_in_xpath": _COOKIE,
    "login_uri": _COOKIE,
    "login_username_field": _COOKIE,
    "login_password_field": _COOKIE,
    "login_extra_fields": _COOKIE,
    "strip_attr": _MARKUP,
    "post_strip_attr": _MARKUP,
    "wrap_in": _MARKUP,
    "dissolve": _MARKUP,
    "move_into": _MARKUP,
    "footnotes": _MARKUP,
    "convert_double_br_tags": "two line breaks begin a paragraph by themselves",
    "insert_detected_image": "pictures are no part of the text",
    "src_lazy_load_attr": "pictures are no part of the text",
    "native_ad_clue": "advertisements are known by themselves, or name them in strip",
    "strip_comments": "comments are known by themselves, or name them in strip",
    "skip_id_or_class": "what their program strips of itself is not stripped here",
    "skip_json_ld": "what JSON-LD says is held against the page by itself",
}
_TACIT = frozenset({"tidy", "prune", "parser", "autodetect_on_failure"})  # of their program alone


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A line that was not taken over, and why."""

    line: int
    directive: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePatterns:
    """What a file says: the host it is for, the rule, and the lines that are not in it."""

    host: str
    rule: Rule | None  # none where nothing of it selects a body, a title or what to strip
    left_out: tuple[LeftOut, ...] = ()
    test_urls: tuple[str, ...] = ()


def host_of(file_name: str) -> str | None:
    """Return the host that a file is for by its name, or None; `.example.org.txt` is all of it."""
    if not file_name.endswith(".txt"):
        return None
    host = file_name.removesuffix(".txt").lower().lstrip(".").removeprefix("www.")
    return host if _HOST.match(host) else None


def patterns_in(text: str, file_name: str) -> SitePatterns:
    """Return what a file says."""
    found: dict[str, list[str]] = {"body": [], "title": [], "strip": []}
    left_out: list[LeftOut] = []
    tests: list[str] = []
    for number, directive, value in _directives(text):
        if directive == "test_url":
            tests.append(value)
        selector = _selector(directive, value)
        problem = _problem(directive, selector)
        if problem is None and selector is not None:
            found[_SELECTORS.get(directive, "strip")].append(selector)
        elif problem is not None:
            left_out.append(LeftOut(line=number, directive=directive, reason=problem))
    titles = found["title"]
    rule = Rule(
        title=" | ".join(titles) if _is_short(titles) else next(iter(titles), None),
        body=tuple(dict.fromkeys(found["body"])),
        strip=tuple(dict.fromkeys(found["strip"])),
        origin=f"{FOREIGN}{file_name}",
    )
    is_rule = rule.title or rule.body or rule.strip
    return SitePatterns(
        host=host_of(file_name) or "",
        rule=rule if is_rule else None,
        left_out=tuple(left_out),
        test_urls=tuple(tests),
    )


def _directives(text: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _LINE.match(stripped)
        if match is None:
            yield number, "", stripped
            continue
        yield number, match[1], match[3].strip()


def _selector(directive: str, value: str) -> str | None:
    """Return the XPath that a directive means, in the form that a rule takes."""
    if directive in _SELECTORS:
        return value if value.startswith(("/", "(")) else f"({value})" if value else ""
    bare = value.strip("'\"")
    if directive == "strip_id_or_class":
        return f"//*[contains(@id, {_quoted(bare)}) or contains(@class, {_quoted(bare)})]"
    if directive == "strip_image_src":
        return f"//img[contains(@src, {_quoted(bare)})]"
    return None


def _quoted(text: str) -> str:
    return f"'{text}'" if "'" not in text else f'"{text}"'


def _problem(directive: str, selector: str | None) -> str | None:
    """Return why a directive is not taken over, or None where it is, or need not be told."""
    if directive in _TACIT:
        return None
    if selector is None:
        return _WHY.get(directive, "no directive that is known")
    if "''" in selector or not selector:
        return "it is empty"
    return selector_problem(selector)


def _is_short(titles: list[str]) -> bool:
    """Say whether several titles may stand in one expression."""
    return len(titles) > 1 and sum(map(len, titles)) < 800

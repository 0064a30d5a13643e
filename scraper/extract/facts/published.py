"""When an article was published and last changed: heads, JSON-LD, marks, what readers see, URLs.

It reads no clock. A time of day is preferred to a mere day, where both name the same one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from scraper.extract.dates import moment
from scraper.extract.facts.printed import day_in_address, moment_in
from scraper.extract.facts.surroundings import Near
from scraper.extract.jsonld import strings
from scraper.extract.metadata import Said

_PUBLISHED = (
    "article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date",
    "sailthru.date", "dc.date.issued", "dcterms.created", "dcterms.date", "dc.date",
    "dc.date.created", "pubdate", "publishdate", "publish-date", "publish_date", "date",
    "article.published", "bt:pubdate", "cxenseparse:recs:publishtime", "og:published_time",
    "article:published", "article.created", "published_time", "citation_publication_date",
    "dcterms.issued", "cxenseparse:publishtime",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:article:modified_time", "datemodified", "og:updated_time",
    "dcterms.modified", "lastmod", "last-modified", "article.updated", "article:modified",
    "revision_date",
)  # fmt: skip
_CHANGED_WORDS = frozenset({"updated", "update", "modified", "edited", "aktualisiert", "updatetime",
                            "dateupdated", "modificado", "maj"})  # fmt: skip
_DATE_WORDS = frozenset({"date", "datum", "fecha", "data", "time", "timestamp", "published",
                         "publish", "pubdate", "posted", "dateline", "tarih", "datetime", "meta",
                         "created", "datestamp"})  # fmt: skip
_MOST_CHARS = 60  # of a line that is a date for readers
_MOST_ELSE = 40  # of a line that no name marks as a date: a caption may end in one
_LABELS = frozenset({"datum", "date", "published", "publication date", "veröffentlicht", "fecha",
                     "data", "дата", "tarih", "erschienen", "publié", "publicado"})  # fmt: skip
_ONE_DAY = timedelta(days=1)


def published_of(
    said: Said,
    url: str,
    near: Callable[[], Sequence[Near]],
    labelled: Callable[[], Sequence[str]],
    captured: date | None = None,
) -> datetime | None:
    """Return when the article was published, or None where nothing says it.

    `near` are the elements around the headline, `labelled` the page's lines: both are asked for
    only where they are needed. What lies after the day of capture is not believed of a print.
    """
    told = _told(said)
    if told is not None:
        return told
    last = captured + _ONE_DAY if captured else None
    printed = (
        found for found in _printed(near(), labelled) if last is None or found.date() <= last
    )
    return next(printed, None) or day_in_address(url)


def modified_of(said: Said) -> datetime | None:
    """Return when the page says that the article was changed last."""
    return next(_moments(_in_meta(said, _MODIFIED)), None) or next(
        _moments(_in_json(said, "dateModified")), None
    )


def is_dated(said: Said) -> bool:
    """Say whether head or JSON-LD tell when the page's article was published."""
    in_head = _in_meta(said, _PUBLISHED[:4])
    in_json = strings(said.article.get("datePublished"))
    return any(True for _ in _moments((*in_head, *in_json)))


def _told(said: Said) -> datetime | None:
    in_meta = next(_moments(_in_meta(said, _PUBLISHED)), None)
    in_json = next(_moments(_in_json(said, "datePublished")), None)
    if in_meta and in_json and _is_day(in_meta) and abs(in_json - in_meta) < 1.5 * _ONE_DAY:
        return in_json
    return in_meta or in_json or next(_moments(said.marked_dates), None)


def _is_day(value: datetime) -> bool:
    return value.astimezone(UTC).time() == time()


def _in_meta(said: Said, names: Iterable[str]) -> Iterable[str]:
    return (value for name in names for value in said.meta.get(name, ()))


def _in_json(said: Said, key: str) -> Iterable[str]:
    things = (said.article, *said.things)
    return (value for thing in things for value in strings(thing.get(key)))


def _moments(values: Iterable[str]) -> Iterator[datetime]:
    return (found for found in map(moment, values) if found is not None)


def _printed(near: Sequence[Near], labelled: Callable[[], Sequence[str]]) -> Iterator[datetime]:
    """Yield dates beside the headline: of machines, then of readers; those of changes last."""
    timed = [at for at in near if at.tag == "time" and at.attr("datetime")]
    for is_change in (False, True):
        for at in timed:
            if bool(at.words & _CHANGED_WORDS) is is_change and (
                found := moment(at.attr("datetime"))
            ):
                yield found
    short = [at for at in near if at.text and len(at.text) <= _MOST_CHARS]
    named = [at for at in short if at.words & _DATE_WORDS]
    for at in (*named, *(at for at in short if len(at.text) <= _MOST_ELSE)):
        if not at.words & _CHANGED_WORDS and (found := moment_in(at.text)):
            yield found
    yield from _after_labels(labelled())


def _after_labels(lines: Sequence[str]) -> Iterator[datetime]:
    """Yield dates in the line after "Date", or behind "Date:"."""
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        label, colon, rest = line.partition(":")
        if label.strip().lower() in _LABELS:
            found = moment_in(rest if colon and rest.strip() else following[:_MOST_CHARS])
            if found is not None:
                yield found

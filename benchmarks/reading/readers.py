"""The extractors that are compared, each behind one signature: a page in, its text and facts out.

It measures nothing. What is not installed is left out, with the line that installs it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

from reading.facts import Facts
from reading.measure import LEFT_OUT
from reading.pages import Sample, html_of
from scraper.extract.dates import moment
from scraper.model import Article, Outlet

REFERENCE = "trafilatura precision"  # whose cost is 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A page as extractors are given it; `text` is its bytes as UTF-8, which all of them are."""

    sample: Sample
    html: bytes
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What an extractor read; `lines` of the body, headline excluded where that can be told."""

    lines: Sequence[str] = ()
    projected: Sequence[str] | None = None  # without what the set's golds leave out
    facts: Facts | None = None
    has_article: bool = True


Prepared = object


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """An extractor. `prepare` is what it may do beforehand: None says that it cannot take part."""

    name: str
    read: Callable[[Task, Prepared], Found]
    package: str = "scraper"
    remedy: str = ""
    prepare: Callable[[Task], Prepared | None] = field(default=lambda _task: True)
    shows_facts: bool = False


def readers(only: Sequence[str], say: Callable[[str], None]) -> list[Reader]:
    """Return the readers that can run here, and say which cannot and what to do."""
    chosen = [reader for reader in ALL if not only or reader.name in only]
    found: list[Reader] = []
    for reader in chosen:
        try:
            metadata.version(reader.package)
        except metadata.PackageNotFoundError:
            say(f"{reader.name} is not installed, its rows are left out: {reader.remedy}")
        else:
            found.append(reader)
    return found


def reader_named(name: str) -> Reader:
    """Return the reader of a name."""
    return next(reader for reader in ALL if reader.name == name)


# --- ours ---


def _ours(task: Task, _prepared: Prepared) -> Found:
    from scraper.extract import extract_article

    return _found(extract_article(task.html, task.sample.url), task)


def _with_template(task: Task, template: Prepared) -> Found:
    from scraper.extract import extract_article

    read: Callable[..., Article | None] = extract_article
    return _found(read(task.html, task.sample.url, template=template), task)


def _with_rules(task: Task, outlet: Prepared) -> Found:
    from scraper.extract import extract_article

    assert isinstance(outlet, Outlet)
    return _found(extract_article(task.html, task.sample.url, outlet=outlet), task)


def _template(task: Task) -> Prepared | None:
    """Learn from the other pages of the page's outlet; of the page itself and of golds nothing."""
    import scraper.extract as extract

    learn: Callable[[list[tuple[bytes, str]]], object] | None = getattr(
        extract, "learn_template", None
    )
    if learn is None or not task.sample.others:
        return None
    return learn([(html_of(file), url) for file, url in task.sample.others])


def _outlet(task: Task) -> Prepared | None:
    host = _host(task.sample.url)
    return next((outlet for outlet in _outlets() if _host(outlet.home) == host), None)


@cache
def _outlets() -> tuple[Outlet, ...]:
    from scraper.config import load_sources

    outlets = load_sources(Path(__file__).parents[2] / "sources.toml").outlets
    return tuple(outlet for outlet in outlets if outlet.rules)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _found(article: Article | None, task: Task) -> Found:
    if article is None:
        return Found(has_article=False, projected=(), facts=Facts())
    left_out = LEFT_OUT.get(task.sample.set, frozenset())
    kept = [block for block in article.blocks if block.kept and block.role != "headline"]
    return Found(
        lines=article.paragraphs,
        projected=[block.text for block in kept if block.role not in left_out],
        facts=Facts(title=article.title, authors=article.authors, published=article.published),
    )


# --- others ---


def _trafilatura(task: Task, *, precision: bool = False, fast: bool = False) -> Found:
    from trafilatura import extract

    text = extract(
        task.text,
        url=task.sample.url,
        include_comments=False,
        favor_precision=precision,
        fast=fast,
    )
    return Found(lines=(text or "").splitlines())


def _trafilatura_facts(task: Task, _prepared: Prepared) -> Found:
    from trafilatura.metadata import extract_metadata

    said = extract_metadata(
        task.text, task.sample.url, {"original_date": True, "extensive_search": True,
                                     "max_date": "2100-01-01"}
    )  # fmt: skip
    names = tuple(name.strip() for name in (said.author or "").split(";") if name.strip())
    facts = Facts(title=said.title or "", authors=names, published=moment(said.date))
    return Found(facts=facts)


def _readability(task: Task, _prepared: Prepared) -> Found:
    from lxml.html import document_fromstring
    from readability import Document

    summary = document_fromstring(Document(task.text).summary())
    blocks = summary.iter("p", "h2", "h3", "li", "blockquote", "td", "pre")
    return Found(lines=[" ".join(block.itertext()) for block in blocks])


def _resiliparse(task: Task, _prepared: Prepared) -> Found:
    from resiliparse.extract.html2text import extract_plain_text

    text = extract_plain_text(task.text, main_content=True, alt_texts=False, links=False)
    return Found(lines=str(text).splitlines())


def _newspaper(task: Task, _prepared: Prepared) -> Found:
    import newspaper

    article = newspaper.Article(task.sample.url or "https://example.org/", fetch_images=False)
    article.download(input_html=task.text)
    article.parse()
    return Found(lines=article.text.splitlines())


OURS = "scraper"
WITH_TEMPLATE = "scraper template"
FACTS_ONLY = "trafilatura metadata"
ALL = (
    Reader(name=OURS, read=_ours, shows_facts=True),
    Reader(name=WITH_TEMPLATE, read=_with_template, prepare=_template, shows_facts=True),
    Reader(name="scraper rules", read=_with_rules, prepare=_outlet, shows_facts=True),
    Reader(name="trafilatura", read=lambda task, _: _trafilatura(task), package="trafilatura"),
    Reader(
        name=REFERENCE,
        read=lambda task, _: _trafilatura(task, precision=True),
        package="trafilatura",
    ),
    Reader(
        name="trafilatura fast",
        read=lambda task, _: _trafilatura(task, fast=True),
        package="trafilatura",
    ),
    Reader(
        name="readability-lxml",
        read=_readability,
        package="readability-lxml",
        remedy="pip install --no-deps readability-lxml && "
        "pip install cssselect chardet lxml_html_clean",
    ),
    Reader(
        name="resiliparse",
        read=_resiliparse,
        package="resiliparse",
        remedy="pip install resiliparse",
    ),
    Reader(
        name="newspaper4k",
        read=_newspaper,
        package="newspaper4k",
        remedy="pip install newspaper4k",
    ),
    Reader(name=FACTS_ONLY, read=_trafilatura_facts, package="trafilatura", shows_facts=True),
)

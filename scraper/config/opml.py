"""OPML in and out: the lists of feeds that feed readers exchange.

It asks for no feed. OPML knows feeds alone: sitemaps and sections do not go into it. Specification:
opml.org/spec2.opml.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lxml import etree

from scraper.config.entry import Entry, Section, Value
from scraper.errors import ConfigError
from scraper.model import Outlet
from scraper.urls import host_of, normal_url, site_of

MAX_BYTES = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed of an OPML file; `folders` are the outlines around it, from the outside in."""

    url: str
    title: str | None = None
    home: str | None = None
    language: str | None = None
    folders: tuple[str, ...] = ()

    @property
    def site(self) -> str:
        """The host of the site that the feed is of; feeds of one site are one outlet."""
        return site_of(host_of(self.home or self.url))


def feeds_in_opml(body: bytes, file: str) -> tuple[list[Feed], list[str]]:
    """Return the feeds of an OPML file in its order, and sentences about what cannot be used.

    Raises:
        ConfigError: it is no OPML.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(body[:MAX_BYTES], parser)
    except etree.XMLSyntaxError as exc:
        raise ConfigError(f"this is no OPML: {exc.msg}", file=file) from exc
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise ConfigError("this is no OPML: its root element is not <opml>", file=file)
    problems = (
        [f"{file}: its XML is broken: what could be read is taken"] if parser.error_log else []
    )
    feeds = []
    for outline in root.iter("outline"):
        said = {str(key).lower(): str(value) for key, value in outline.attrib.items()}
        if not (url := said.get("xmlurl", "").strip()):
            continue
        try:
            feeds.append(_feed(normal_url(url), said, outline))
        except ValueError as exc:
            problems.append(f"{url!r} left out: {exc}")
    return feeds, problems


def _feed(url: str, said: dict[str, str], outline: etree._Element) -> Feed:
    around = (node.get("title") or node.get("text") for node in outline.iterancestors("outline"))
    return Feed(
        url=url,
        title=_line(said.get("title") or said.get("text")),
        home=_home(said.get("htmlurl")),
        language=_language(said.get("language")),
        folders=tuple(name for one in reversed(list(around)) if (name := _line(one))),
    )


def by_site(feeds: Iterable[Feed]) -> dict[str, list[Feed]]:
    """Return feeds by the site that they are of, in the order in which sites come first."""
    found: dict[str, list[Feed]] = {}
    for feed in feeds:
        found.setdefault(feed.site, []).append(feed)
    return found


def entry_of(outlet_id: str, name: str, feeds: Sequence[Feed]) -> Entry:
    """Return the entry of an outlet that some feeds are of."""
    home = next((feed.home for feed in feeds if feed.home), None) or _root(feeds[0].url)
    values: dict[str, Value] = {"id": outlet_id, "name": name, "home": home}
    if language := next((feed.language for feed in feeds if feed.language), None):
        values["language"] = language
    folders = dict.fromkeys(folder for feed in feeds for folder in feed.folders)
    if tags := [folder for folder in folders if folder != name]:
        values["tags"] = tags
    return Entry(
        outlet=Section(values=values),
        sources=tuple(Section(values={"type": "feed", "url": feed.url}) for feed in feeds),
    )


def name_of(feeds: Sequence[Feed], among: Iterable[Feed]) -> str:
    """Return what to call the outlet of some feeds: the folder that is theirs alone among all, else
    the title of the first, else the host."""
    folder = feeds[0].folders[-1:]
    shared = {feed.folders[-1:] for feed in feeds}
    others = {feed.site for feed in among if feed.folders[-1:] == folder}
    if folder and len(feeds) > 1 and len(shared) == len(others) == 1:
        return folder[0]
    return next((feed.title for feed in feeds if feed.title), None) or feeds[0].site


def opml_of(outlets: Iterable[Outlet], *, title: str) -> bytes:
    """Return the feeds of outlets as OPML 2.0, each outlet's in an outline of its own."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    for outlet in outlets:
        feeds = [source for source in outlet.sources if source.type == "feed"]
        if not feeds:
            continue
        folder = etree.SubElement(body, "outline", text=outlet.name, title=outlet.name)
        for source in feeds:
            said = {"type": "rss", "text": outlet.name, "title": outlet.name}
            said |= {"xmlUrl": source.url, "htmlUrl": outlet.home}
            said |= {"language": outlet.language} if outlet.language else {}
            etree.SubElement(folder, "outline", said)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _home(url: str | None) -> str | None:
    try:
        return normal_url((url or "").strip())
    except ValueError:
        return None


def _root(url: str) -> str:
    return "/".join(url.split("/")[:3]) + "/"


def _line(text: str | None) -> str | None:
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text or "").split()) or None


def _language(said: str | None) -> str | None:
    tag = (said or "").strip()
    return tag if re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*", tag) else None

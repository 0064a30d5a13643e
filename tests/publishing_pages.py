"""What the publishing house's outlets show at a moment: pages, feeds, sitemaps and robots.txt.

Every function returns bytes that follow from its arguments alone; of HTTP it knows nothing.
"""

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from html import escape

from publishing import START, Announcement, Plan, Press, Story

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
_UTM = "?utm_source={name}&utm_medium=feed&utm_campaign=reader"


def base_of(press: Press, port: int) -> str:
    return f"http://{press.address}:{port}"


def url_of(press: Press, story: Story, form: str, port: int, name: str = "feed") -> str:
    """Return one of the addresses under which an outlet announces a story."""
    base = base_of(press, port)
    return {
        "plain": f"{base}{story.path}",
        "utm": f"{base}{story.path}{_UTM.format(name=name)}",
        "amp": f"{base}/amp{story.path}",
        "go": f"{base}/go/{story.number}",
        "relative": story.path,
        "schemeless": f"//{press.address}:{port}{story.path}",
    }[form]


def source_body(
    plan: Plan, press: Press, announcement: Announcement, now: datetime, port: int
) -> bytes:
    """Return what a source of an outlet says at a moment."""
    entries = [
        (story, url_of(press, story, form, port, name=announcement.format))
        for story in plan.shown(press, announcement, now)
        for form in (announcement.forms[story.number % len(announcement.forms)],)
    ]
    writers = {
        "rss": _rss, "atom": _atom, "news": _news_sitemap, "sitemap": _sitemap,
        "index": _sitemap_index, "section": _section,
    }  # fmt: skip
    return writers[announcement.format](press, entries, now, port).encode()


def child_sitemap(plan: Plan, press: Press, day: str, now: datetime, port: int) -> bytes:
    """Return one day's part of a sitemap index."""
    entries = [
        (story, url_of(press, story, "plain", port))
        for story in plan.shown(press, press.announcements[0], now)
        if f"{story.published:%Y-%m-%d}" == day
    ]
    return _sitemap(press, entries, now, port).encode()


def robots_txt(plan: Plan, press: Press, now: datetime) -> bytes:
    lines = ["# Ask before you take", "User-agent: *", "Disallow: /search"]
    lines += [f"Disallow: {path}" for path in plan.forbidden_at(press, now)]
    if press.crawl_delay is not None:
        lines += [f"Crawl-delay: {int(press.crawl_delay.total_seconds())}"]
    return ("\n".join(lines) + "\n").encode()


def story_page(press: Press, story: Story, version: int, port: int) -> bytes:
    """Return a story's page: the story among all that stands around it."""
    told, start = story.versions[version].telling, story.versions[version].start
    paragraphs = [f"<p>{escape(text)}</p>" for text in told.paragraphs]
    paragraphs.insert(
        2 + story.number % 3,
        f'<div class="plea"><p>Like what you read? <a href="/subscribe">Subscribe to {press.name}'
        "</a> for 2 crowns a week and support our newsroom.</p>"
        '<form action="/newsletter"><input type="email" placeholder="Your e-mail">'
        "<button>Sign up for our newsletter</button></form></div>",
    )
    shell = _MODERN if press.style == "modern" else _CLASSIC
    return shell.format(
        name=escape(press.name),
        title=escape(told.title),
        url=url_of(press, story, "plain", port),
        amp=url_of(press, story, "amp", port),
        published=story.published.isoformat(),
        modified=start.isoformat(),
        day=f"{story.published:%d %B %Y}",
        section=story.section,
        number=story.number,
        body="\n".join(paragraphs),
    ).encode()


def amp_page(press: Press, story: Story, version: int, port: int) -> bytes:
    """Return a story's twin for telephones, which names the page as its canonical one."""
    told = story.versions[version].telling
    body = "\n".join(f"<p>{escape(text)}</p>" for text in told.paragraphs)
    return (
        "<!doctype html><html amp lang=en><head><meta charset=utf-8>"
        f"<title>{escape(told.title)} | {escape(press.name)}</title>"
        f'<link rel="canonical" href="{url_of(press, story, "plain", port)}"></head>'
        f"<body><header><a href=/>{escape(press.name)}</a></header><main><article>"
        f"<h1>{escape(told.title)}</h1>\n{body}\n</article></main>"
        f"<footer>{escape(press.name)}, all rights reserved</footer></body></html>"
    ).encode()


_Entries = Iterable[tuple[Story, str]]


def _rss(press: Press, entries: _Entries, now: datetime, port: int) -> str:
    items = "".join(
        f"<item><title>{escape(_title(story, now))}</title><link>{escape(url)}</link>"
        f"<guid isPermaLink='false'>{story.id}</guid>"
        f"<pubDate>{format_datetime(story.published)}</pubDate>"
        f"<description>{escape(story.versions[0].telling.paragraphs[0][:120])}</description>"
        "</item>\n"
        for story, url in entries
    )
    return (
        f'{_XML}<rss version="2.0"><channel><title>{escape(press.name)}</title>'
        f"<link>{base_of(press, port)}/</link><description>News</description>\n"
        f"{items}</channel></rss>\n"
    )


def _atom(press: Press, entries: _Entries, now: datetime, port: int) -> str:
    items = "".join(
        f"<entry><id>tag:{press.id}.example,2026:{story.number}</id>"
        f"<title>{escape(_title(story, now))}</title><link href='{escape(url)}'/>"
        f"<published>{story.published.isoformat()}</published>"
        f"<updated>{_changed(story, now).isoformat()}</updated></entry>\n"
        for story, url in entries
    )
    return (
        f'{_XML}<feed xmlns="http://www.w3.org/2005/Atom"><title>{escape(press.name)}</title>'
        f"<id>{base_of(press, port)}/</id><updated>{START.isoformat()}</updated>\n{items}</feed>\n"
    )


def _sitemap(press: Press, entries: _Entries, now: datetime, port: int) -> str:
    items = "".join(
        f"<url><loc>{escape(url)}</loc>"
        f"<lastmod>{_changed(story, now).isoformat()}</lastmod></url>\n"
        for story, url in entries
    )
    return f"{_XML}<urlset {_SITEMAP}>\n{items}</urlset>\n"


def _news_sitemap(press: Press, entries: _Entries, now: datetime, port: int) -> str:
    items = "".join(
        f"<url><loc>{escape(url)}</loc><news:news><news:publication><news:name>"
        f"{escape(press.name)}</news:name><news:language>en</news:language></news:publication>"
        f"<news:publication_date>{story.published.isoformat()}</news:publication_date>"
        f"<news:title>{escape(_title(story, now))}</news:title></news:news></url>\n"
        for story, url in entries
    )
    return f"{_XML}<urlset {_SITEMAP} {_NEWS}>\n{items}</urlset>\n"


def _sitemap_index(press: Press, entries: _Entries, now: datetime, port: int) -> str:
    changes: dict[str, datetime] = {}
    for story, _ in entries:
        day = f"{story.published:%Y-%m-%d}"
        changes[day] = max(changes.get(day, START), _changed(story, now))
    items = "".join(
        f"<sitemap><loc>{base_of(press, port)}/sitemap-{day}.xml</loc>"
        f"<lastmod>{changed.isoformat()}</lastmod></sitemap>\n"
        for day, changed in sorted(changes.items(), reverse=True)
    )
    return f"{_XML}<sitemapindex {_SITEMAP}>\n{items}</sitemapindex>\n"


def _section(press: Press, entries: _Entries, now: datetime, port: int) -> str:
    items = "".join(
        f'<li><h2><a href="{escape(url)}">{escape(_title(story, now))}</a></h2>'
        f"<time>{story.published:%H:%M}</time></li>\n"
        for story, url in entries
    )
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>Latest | {press.name}"
        '</title></head><body><nav><a href="/">Home</a> <a href="/search?q=">Search</a> '
        '<a href="/about">About us</a></nav><main><h1>Latest</h1><ul>\n'
        f'{items}</ul></main><footer><a href="/imprint">Imprint</a></footer></body></html>'
    )


def _title(story: Story, now: datetime) -> str:
    return story.versions[story.version_at(now) or 0].telling.title


def _changed(story: Story, now: datetime) -> datetime:
    return story.versions[story.version_at(now) or 0].start


_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<title>{title} | {name}</title>
<link rel="canonical" href="{url}"><link rel="amphtml" href="{amp}">
<meta property="og:type" content="article"><meta property="og:title" content="{title}">
<meta property="article:published_time" content="{published}">
<meta property="article:modified_time" content="{modified}">
</head>
"""

_CLASSIC = (
    _HEAD
    + """<body><div id="top"><a href="/">{name}</a>
<ul class="menu"><li><a href="/town">Town</a></li><li><a href="/region">Region</a></li>
<li><a href="/search?q=">Search</a></li><li><a href="/subscribe">Subscribe</a></li></ul></div>
<div id="page"><div id="story"><h1>{title}</h1>
<div class="credit-line">By our correspondent, {day}</div>
<div id="copy">
{body}
</div>
<div class="share"><a href="/share?to=f">Share</a> <a href="/share?to=m">Send by e-mail</a></div>
</div><div id="side"><h3>Most read</h3><ul><li><a href="/most/1">Ten walks for a wet day</a></li>
<li><a href="/most/2">What the tide tables hide</a></li></ul></div></div>
<div id="foot">{name}. All rights reserved. <a href="/terms">Terms</a>
<a href="/privacy">Privacy</a></div></body></html>
"""
)

_MODERN = (
    _HEAD
    + """<body><header><a href="/">{name}</a><nav><a href="/town">Town</a>
<a href="/region">Region</a> <a href="/opinion">Opinion</a> <a href="/search?q=">Search</a></nav>
</header><main><article class="story" data-id="{number}"><h1>{title}</h1>
<p class="credit-line">By our correspondent, {day}</p>
<div class="story-text">
{body}
</div></article>
<aside><h2>Read also</h2><ul><li><a href="/also/1">The bakery that never closes</a></li>
<li><a href="/also/2">Why the bells ring twice</a></li></ul></aside></main>
<footer><p>{name}, all rights reserved</p><a href="/imprint">Imprint</a></footer></body></html>
"""
)

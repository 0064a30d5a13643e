"""What may befall an outlet's pages and feeds from a moment on: redesigns, walls, blocks, moves.

It renders pages as `publishing_pages` does; when, the plan says.
"""

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from publishing import Press, Story
from publishing_pages import base_of, url_of

if TYPE_CHECKING:
    from publishing_answers import Answer

REDESIGNED = ".flow-column"  # holds the text from the redesign on
_MOVED = "/feeds/everything.xml"

_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} - {name}</title>
<link rel="canonical" href="{url}"><meta property="og:type" content="article">
<meta property="og:title" content="{title}">
<meta property="article:published_time" content="{published}"></head>
"""
_ANEW = (
    _HEAD
    + """<body class="skin-nova"><div class="masthead-bar"><a class="wordmark" href="/">{name}</a>
<div class="burger-panel"><a class="burger-link" href="/a">Town</a><a class="burger-link"
href="/b">Region</a></div></div><div class="canvas-grid"><div class="opener-panel">
<h1 class="opener-headline">{title}</h1></div><div class="flow-column">
{body}
</div><div class="tail-rail"><div class="tail-card"><a class="tail-link" href="/x">Ten walks</a>
</div></div></div><div class="base-strip">{name}. All rights reserved.</div></body></html>
"""
)
_WALLED = (
    _HEAD
    + """<body><div id="top"><a href="/">{name}</a></div><div id="page"><div id="story">
<h1>{title}</h1><div class="credit-line">By our correspondent</div><div id="copy">
{lead}
</div><div class="paywall"><p>Subscribe to continue reading. This story is for subscribers only.</p>
<a href="/subscribe">See our offers</a> <a href="/login">Sign in</a></div></div></div>
<div id="foot">{name}. All rights reserved.</div></body></html>
"""
)
_CONSENT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{name}</title></head>
<body><div id="consent-layer"><h2>Your privacy</h2>
<p>We and our 312 partners store and access cookies on your device and process personal data to
show you personalised advertising. With your consent, cookies help us measure our audience.</p>
<p>You can change your consent and your privacy settings at any time; our partners also use cookies
for legitimate interest.</p><button>Accept all</button><button>Manage settings</button></div>
</body></html>
"""


def turned(what: str, press: Press, answer: "Answer", target: str, port: int) -> "Answer":
    """Return an answer as it is since something befell the outlet."""
    if answer.kind == "source":
        return _source(what, press, answer, target, port)
    if answer.story is None or answer.version is None or answer.status != 200:
        return answer
    if what == "block":
        return replace(answer, status=403, entity=b"<h1>Access denied</h1>\n")
    shell = {"redesign": _ANEW, "paywall": _WALLED, "consent": _CONSENT}.get(what)
    return answer if shell is None else replace(answer, entity=_page(shell, press, answer, port))


def is_moved(what: str, path: str) -> bool:
    """Say whether a path is where an outlet's feed has moved."""
    return what == "feed-301" and path == _MOVED


def _source(what: str, press: Press, answer: "Answer", target: str, port: int) -> "Answer":
    if what == "feed-404":
        return replace(answer, status=404, entity=b"<h1>There is no such page</h1>\n")
    if what == "feed-html":
        page = f"<!doctype html><html><body><h1>{press.name}</h1><p>Welcome.</p></body></html>"
        return replace(answer, media="text/html", entity=page.encode())
    if what == "feed-301" and target != _MOVED:
        where = (("Location", base_of(press, port) + _MOVED),)
        return replace(answer, status=301, headers=where, entity=b"")
    return answer


def _page(shell: str, press: Press, answer: "Answer", port: int) -> bytes:
    story: Story | None = answer.story
    assert story is not None
    assert answer.version is not None
    told = story.versions[answer.version].telling
    paragraphs = [f"<p>{escape(text)}</p>" for text in told.paragraphs]
    return shell.format(
        name=escape(press.name),
        title=escape(told.title),
        url=url_of(press, story, "plain", port),
        published=story.published.isoformat(),
        body="\n".join(paragraphs),
        lead="\n".join(paragraphs[:2]),
    ).encode()

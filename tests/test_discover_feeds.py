"""Feeds of every kind, as they should be and as they are."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.discover.announced import Announced
from scraper.discover.feeds import MAX_BYTES, MAX_ITEMS, links_in_feed
from scraper.model import Link

URL = "https://paper.example/rss/news.xml"

RSS2 = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:atom="http://www.w3.org/2005/Atom" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
     xmlns:media="http://search.yahoo.com/mrss/">
<channel>
  <title>The Paper</title>
  <link>https://paper.example/</link>
  <atom:link rel="self" href="https://paper.example/rss/news.xml"/>
  <atom:link rel="next" href="?page=2"/>
  <ttl>30</ttl>
  <sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>
  <image><url>https://paper.example/logo.png</url><title>Logo</title>
    <link>https://paper.example/</link></image>
  <item>
    <title>Ferry &amp;#171;Concordia&amp;#187; runs aground</title>
    <link>
      https://paper.example/2025/03/14/ferry?a=1&amp;b=2
    </link>
    <media:group><media:title>A ferry</media:title></media:group><media:title>F</media:title>
    <guid isPermaLink="false">paper-1</guid>
    <pubDate>Fri, 14 Mar 2025 07:40:00 +0100</pubDate>
    <description>
      <![CDATA[<p>Nobody was <b>hurt</b>.<br/>All got off.</p><script>x()</script>]]>
    </description>
    <content:encoded><![CDATA[<p>The whole story.</p>]]></content:encoded>
  </item>
  <item><title>No link of its own</title><guid>https://paper.example/2025/03/15/guid</guid></item>
  <item><title>A tag URI</title><guid isPermaLink="false">https://paper.example/no</guid></item>
  <item><title>Again</title><link>https://paper.example/2025/03/14/ferry?a=1&amp;b=2&amp;utm_source=rss</link></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://blog.example/en/">
<title>Blog</title><link rel="next" href="feed?page=2"/><link rel="self" href="feed"/>
<entry xml:base="posts/">
  <title type="html">Rain &lt;i&gt;again&lt;/i&gt; &amp;amp; again</title>
  <link rel="replies" href="one#comments"/>
  <link rel="alternate" type="application/pdf" href="one.pdf"/>
  <link rel="alternate" type="text/html" href="one.html#top"/><link rel="edit" href="edit/1"/>
  <id>tag:blog.example,2025:1</id>
  <published>2025-03-14T08:00:00+01:00</published><updated>2025-03-15T10:00:00Z</updated>
  <summary>Use the &lt;b&gt; tag &amp; co.</summary>
  <source><title>Elsewhere</title><link href="https://elsewhere.example/"/></source>
</entry>
<entry>
  <title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Two <em>words</em></div></title>
  <link href="two.html"/><id>urn:uuid:2</id><updated>2025-03-16T10:00:00Z</updated>
  <content type="html">&lt;p&gt;Words.&lt;/p&gt;</content>
</entry></feed>"""

RDF = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE rdf:RDF [<!ENTITY % HTMLlat1 PUBLIC "-//W3C//ENTITIES Latin 1 for XHTML//EN"
 "http://www.w3.org/TR/xhtml1/DTD/xhtml-lat1.ent">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel rdf:about="https://paper.example/"><title>Paper</title><link>https://paper.example/</link>
<sy:updatePeriod>daily</sy:updatePeriod></channel>
<item rdf:about="https://paper.example/a"><title>Caf&eacute;</title><link>/a</link>
<dc:date>2025-03-14T07:00+01:00</dc:date><dc:creator>X</dc:creator></item>
<item rdf:about="https://paper.example/b"><title>B</title></item>
</rdf:RDF>"""

JSON = """\ufeff{"version": "https://jsonfeed.org/version/1.1",
"title": "J", "next_url": "/feed.json?p=2", "items": [
 {"id": 7, "url": "/2025/a", "title": "A", "content_html": "<p>Words <b>here</b></p>",
  "date_published": "2025-03-14T07:00:00+01:00", "date_modified": "2025-03-15T00:00:00Z"},
 {"id": "https://paper.example/2025/b", "content_text": "B, without a title"},
 {"id": "x", "external_url": "https://other.example/c", "summary": "S"},
 {"id": "none"}, "not an item"]}"""


def read(text: str | bytes, **headers: str) -> Announced:
    body = text.encode() if isinstance(text, str) else text
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return links_in_feed(body, URL, headers=pairs)


def urls(links: Sequence[Link]) -> list[str]:
    return [link.url for link in links]


def rss(items: str) -> str:
    return f'<rss version="2.0"><channel><title>T</title>{items}</channel></rss>'


def test_rss_says_url_title_date_guid_and_teaser() -> None:
    announced = read(RSS2)

    assert announced.links[0] == Link(
        url="https://paper.example/2025/03/14/ferry?a=1&b=2",
        source=URL,
        title="Ferry «Concordia» runs aground",
        published=datetime(2025, 3, 14, 6, 40, tzinfo=UTC),
        guid="paper-1",
        teaser="Nobody was hurt. All got off.",
    )
    assert urls(announced.links[1:]) == ["https://paper.example/2025/03/15/guid"]
    assert announced.problems == ("1 of its items have no http or https URL",)


def test_rss_says_how_often_it_changes_and_where_it_goes_on() -> None:
    announced = read(RSS2)

    assert announced.every == timedelta(minutes=30)
    assert announced.next_pages == ("https://paper.example/rss/news.xml?page=2",)


@pytest.mark.parametrize(
    ("head", "every"),
    [
        ("<ttl>60</ttl>", timedelta(hours=1)),
        ("<ttl> 60 </ttl>", timedelta(hours=1)),
        ("<ttl>0</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<ttl>99999999999999999999</ttl>", None),
        ("<ttl>5256000</ttl>", timedelta(days=30)),
        ("<sy:updatePeriod>Daily</sy:updatePeriod>", timedelta(days=1)),
        (
            "<sy:updatePeriod>weekly</sy:updatePeriod><sy:updateFrequency>7</sy:updateFrequency>",
            timedelta(days=1),
        ),
        ("<sy:updatePeriod>always</sy:updatePeriod>", None),
        (
            "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>",
            timedelta(hours=1),
        ),
    ],
)
def test_hints_of_how_often_are_believed_where_they_make_sense(
    head: str, every: timedelta | None
) -> None:
    assert read(rss(head)).every == every


def test_atom_resolves_links_against_xml_base_and_prefers_the_page() -> None:
    first, second = read(ATOM).links

    assert first == Link(
        url="https://blog.example/en/posts/one.html",
        source=URL,
        title="Rain again & again",
        published=datetime(2025, 3, 14, 7, tzinfo=UTC),
        updated=datetime(2025, 3, 15, 10, tzinfo=UTC),
        guid="tag:blog.example,2025:1",
        teaser="Use the <b> tag & co.",
    )
    assert (second.url, second.title, second.teaser, second.published) == (
        "https://blog.example/en/two.html",
        "Two words",
        "Words.",
        None,
    )
    assert read(ATOM).next_pages == ("https://blog.example/en/feed?page=2",)


def test_rdf_is_read_without_its_doctype() -> None:
    announced = read(RDF)

    assert [(link.url, link.title) for link in announced.links] == [
        ("https://paper.example/a", "Café"),
        ("https://paper.example/b", "B"),
    ]
    assert announced.links[0].published == datetime(2025, 3, 14, 6, tzinfo=UTC)
    assert announced.every == timedelta(days=1)


def test_json_feed_says_the_same() -> None:
    announced = read(JSON)

    assert announced.links[0] == Link(
        url="https://paper.example/2025/a",
        source=URL,
        title="A",
        published=datetime(2025, 3, 14, 6, tzinfo=UTC),
        updated=datetime(2025, 3, 15, tzinfo=UTC),
        guid="7",
        teaser="Words here",
    )
    assert urls(announced.links[1:]) == ["https://paper.example/2025/b", "https://other.example/c"]
    assert announced.next_pages == ("https://paper.example/feed.json?p=2",)
    assert announced.problems == ("2 of its items have no http or https URL",)


def test_feedburner_keeps_the_true_address() -> None:
    item = "<item><link>http://feeds.example/~r/1</link><feedburner:origLink>{}</feedburner:origLink></item>"

    assert urls(read(rss(item.format("https://paper.example/a"))).links) == [
        "https://paper.example/a"
    ]


ITEM = "<item><title>{}</title><link>https://paper.example/{}</link></item>"
ICE = rss(ITEM.format("Лёд", 1))


@pytest.mark.parametrize(
    ("text", "titles", "problem"),
    [
        (rss(ITEM.format("Caf&eacute; &nbsp;&hellip;", 1)), ["Café …"], "HTML entities"),
        (rss(ITEM.format("Fish & chips", 1)), ["Fish & chips"], None),
        (rss(ITEM.format("A &unheard; word", 1)), ["A &unheard; word"], None),
        ("\n\n <?xml version='1.0'?>" + rss(ITEM.format("A", 1)), ["A"], "white space"),
        ("<b>Warning</b>: x\n<?xml version='1.0'?>" + rss(ITEM.format("A", 1)), ["A"], "stands"),
        (rss(ITEM.format("It\x0b\x00s", 1)), ["Its"], None),
        (rss(ITEM.format("It&#11;&#x1F;&#0;&#xD800;s", 1)), ["Its"], None),
        (rss(ITEM.format("It&#146;s", 1)), ["It\u2019s"], None),
        (rss(ITEM.format("A<media:x/>", 1)), ["A"], None),
        (
            rss(ITEM.format("A", 1) + "<item><title>B</titel></item>" + ITEM.format("C", 3)),
            ["A", "C"],
            "malformed at line 1 .* 3 items",
        ),
        (rss(ITEM.format("A", 1) + ITEM.format("B", 2))[:-40], ["A"], "at line 1 .* 1 items"),
        (rss("<item><media:title>P</media:title>" + ITEM.format("A", 1)[6:]), ["A"], None),
        (rss(ITEM.format("A", 1) + "<item><title><![CDATA[B")[:-15], ["A"], "malformed"),
        ("\n\n\n" + rss("\n" + ITEM.format("A", 1) + "\n</nonsense>"), ["A"], "line 6"),
        (rss(ITEM.format("A", 1)).upper(), ["A"], None),
    ],
)  # fmt: skip
def test_broken_feeds_are_read_as_far_as_they_go(
    text: str, titles: list[str], problem: str | None
) -> None:
    announced = read(text)

    assert [link.title for link in announced.links] == titles
    said = " | ".join(announced.problems)
    assert re.search(problem, said) if problem else said == ""


def test_a_link_that_is_cut_short_is_not_taken() -> None:
    whole = rss(ITEM.format("A", "2025/03/14/one") + ITEM.format("B", "2025/03/14/two"))

    for end in range(len(whole)):
        found = urls(read(whole[:end]).links)
        assert set(found) <= {
            "https://paper.example/2025/03/14/one",
            "https://paper.example/2025/03/14/two",
        }, end


@pytest.mark.parametrize(
    ("body", "headers", "problem"),
    [
        (ICE.encode("cp1251"), {"content_type": "text/xml; charset=windows-1251"}, None),
        (b'<?xml version="1.0" encoding="windows-1251"?>' + ICE.encode("cp1251"), {}, None),
        (('<?xml version="1.0" encoding="utf-16"?>' + ICE).encode("utf-16"), {}, None),
        (("\ufeff" + ICE).encode("utf-16-be"), {}, None),
        (ICE.encode("utf-16-le"), {}, None),
        (("\ufeff" + ICE).encode(), {}, None),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?>' + ICE.encode(), {}, "but it is UTF-8"),
        (ICE.encode(), {"content_type": "text/xml; charset=us-ascii"}, "but it is UTF-8"),
        (ICE.encode(), {"content_type": "text/xml; charset=utf-7"}, None),
    ],
)  # fmt: skip
def test_the_charset_is_found_whatever_is_declared(
    body: bytes, headers: dict[str, str], problem: str | None
) -> None:
    announced = read(body, **headers)

    assert [link.title for link in announced.links] == ["Лёд"]
    assert " ".join(announced.problems).count(problem or "\0") == (problem is not None)


def test_undeclared_windows_bytes_are_read_and_named() -> None:
    announced = read(rss(ITEM.format("Café “noir”", 1)).encode("cp1252"))

    assert announced.links[0].title == "Café “noir”"
    assert "windows-1252" in announced.problems[0]


def test_a_few_broken_characters_do_not_change_the_charset() -> None:
    body = rss("".join(ITEM.format("Лёд тронулся", n) for n in range(9))).encode()

    announced = read(body.replace("Лёд".encode(), b"\xd0", 1))

    assert announced.links[5].title == "Лёд тронулся"
    assert "broken UTF-8" in announced.problems[0]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "it is empty"),
        (b" \n ", "it is empty"),
        (b"<!DOCTYPE html><html><body><item><link>https://x.example/</link>", "an HTML page"),
        (b"\n<html lang='en'><head><title>404</title>", "an HTML page"),
        (b"%PDF-1.7", "PDF"),
        (b"Not found", "neither a feed"),
        (b"<svg/>", "neither a feed"),
        (b"<urlset><url><loc>https://x.example/</loc></url></urlset>", "a sitemap, not a feed"),
        (b'{"items": [', "malformed JSON"),
        (b'{"items": 7}', "no list of items"),
        (b'{"items": [' + b"9" * 5000 + b"]}", "malformed JSON"),
        (b'{"items":' + b"[" * 200_000, "malformed JSON"),
    ],
)
def test_promise_24_what_is_no_feed_is_named(body: bytes, problem: str) -> None:
    announced = read(body)

    assert announced.links == ()
    assert problem in announced.problems[0]


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "ftp://paper.example/a",
        "mailto:a@paper.example",
        "http://",
        "https://paper.example:99999/",
        "http://[::1",
        "https://paper.example/" + "a" * 5000,
    ],
)
def test_promise_24_nothing_outside_http_is_announced(target: str) -> None:
    feeds = [
        rss(f"<item><link>{target}</link></item>"),
        f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="{target}"/></entry></feed>',
        f'{{"items": [{{"url": "{target}"}}]}}',
    ]

    for feed in feeds:
        assert read(feed).links == ()
        assert read(feed).problems == ("1 of its items have no http or https URL",)


def test_promise_24_item_cap_is_named() -> None:
    announced = read("<rss>" + "<item><link>/a</link></item>" * 200_000)

    assert len(announced.links) == 1
    assert any(f"{MAX_ITEMS:,} items" in problem for problem in announced.problems)
    assert any(f"{MAX_BYTES:,} bytes" in problem for problem in announced.problems)


def test_promise_24_item_cap_of_json_is_named() -> None:
    announced = read('{"items": [' + ",".join('{"url": "/a"}' for _ in range(MAX_ITEMS + 1)) + "]}")

    assert f"{MAX_ITEMS:,} items" in announced.problems[0]


def test_promise_24_billion_laughs_stay_unlaughed() -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{entities}]>' + rss(ITEM.format("&l11;", 1))

    announced = read(bomb)

    assert announced.links[0].title == "&l11;"
    assert "entities, which are not followed" in announced.problems[0]


def test_promise_24_external_entities_are_not_opened() -> None:
    xxe = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + rss(ITEM.format("&x;", 1))

    assert read(xxe).links[0].title == "&x;"


@pytest.mark.parametrize(
    "body",
    [
        "<rss><item>" + "<a>" * 200_000,
        "<rss><item><title>" + "<" * 300_000,
        "<rss><item><title>" + "<![CDATA[" * 100_000,
        "<rss><item><title>" + "<!--" * 200_000,
        "<rss><item><title>" + "&" * 700_000,
        "<rss><item " + " ".join(f'a{n}=""' for n in range(50_000)),
        "<rss><item>" + "<title/>" * 100_000,
        "<rss>" + f'<a xml:base="{"x" * 4000}/">' * 150 + "<item><link>a</link></item>" * 500,
        "<?xml " * 100_000,
        " " * 1_000_000 + "<rss>",
    ],
    ids=range(10),
)
def test_promise_24_hostile_feeds_end_with_a_problem(body: str) -> None:
    assert read(body).problems != ()


TAGS = st.text(alphabet="<>/&;![]-rsitemlnkCDAT \"'=#x{}", max_size=200)


@given(st.binary(max_size=300) | TAGS.map(lambda text: b"<rss><item><link>/a" + text.encode()))
def test_no_bytes_break_it(body: bytes) -> None:
    announced = read(body)

    assert all(link.url.startswith(("http://", "https://")) for link in announced.links)
    assert read(body) == announced


@pytest.mark.parametrize("and_sign", ["&amp;", "&#38;", "&#x26;"])
def test_an_ampersand_in_an_address_does_not_cut_it(and_sign: str) -> None:
    url = f"https://example.org/story?id=3{and_sign}page=2"
    atom = f"<feed xmlns='http://www.w3.org/2005/Atom'><entry><link href='{url}'/></entry></feed>"
    rss = f"<rss><channel><item><link>{url}</link></item></channel></rss>"

    for body in (atom, rss):
        [link] = links_in_feed(body.encode(), "https://example.org/feed").links
        assert link.url == "https://example.org/story?id=3&page=2"

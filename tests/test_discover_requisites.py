"""What a page needs to look like itself."""

import time

import pytest

from scraper.discover.requisites import is_css, requisites_of_css, requisites_on

PAGE = "https://paper.example/news/bridge.html"


def on(html: str) -> list[str]:
    return [one.removeprefix("https://") for one in requisites_on(html.encode(), PAGE)]


def of_css(css: str) -> list[str]:
    url = "https://cdn.example/css/all.css"
    return [
        one.removeprefix("https://cdn.example/") for one in requisites_of_css(css.encode(), url)
    ]


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<link rel="stylesheet" href="/all.css">', ["paper.example/all.css"]),
        ('<link rel="shortcut ICON" href=//i.example/f.ico>', ["i.example/f.ico"]),
        ('<img src="a b.jpg#x">', ["paper.example/news/a%20b.jpg"]),
        ('<video poster="p.jpg" src="film.mp4"></video>', ["paper.example/news/p.jpg"]),
        ('<div style="background:url(&quot;/b.png&quot;)">', ["paper.example/b.png"]),
        ("<style>@import 'x.css'; p { background: url(y.png) }</style>",
         ["paper.example/news/x.css", "paper.example/news/y.png"]),
        ('<base href="https://cdn.example/a/"><img src="b.png">', ["cdn.example/a/b.png"]),
        ('<link rel="preload" as="font" href="/f.woff2">', ["paper.example/f.woff2"]),
    ],
)  # fmt: skip
def test_what_a_page_needs_is_found(html: str, found: list[str]) -> None:
    assert on(html) == found


@pytest.mark.parametrize(
    "html",
    [
        '<img src="data:image/png;base64,AAAA">',
        '<img src="https://count.example/hit?p=1" width="1" height="1">',
        '<script src="/app.js"></script>',
        '<iframe src="/frame"></iframe><a href="/next">next</a>',
        '<link rel="canonical" href="/x"><link rel="alternate" href="/rss">',
        '<div style="clip-path: url(#shape)">',
        '<img src="">',
    ],
)
def test_what_is_no_requisite_is_left_alone(html: str) -> None:
    assert on(html) == []


def test_all_sizes_of_a_picture_are_found_last_and_commas_may_stand_in_a_url() -> None:
    html = (
        '<picture><source srcset="w_10,h_5/a.webp 1x, b.webp 2x"><img src="c.jpg" '
        'srcset="d.jpg 300w,e.jpg 600w"></picture><img src="f.jpg">'
    )

    names = ["c.jpg", "f.jpg", "d.jpg", "e.jpg", "w_10,h_5/a.webp", "b.webp"]
    assert on(html) == [f"paper.example/news/{name}" for name in names]


def test_a_style_needs_its_imports_and_pictures_relative_to_itself() -> None:
    css = """
        @namespace url(http://www.w3.org/1999/xhtml);
        /* url(old.png) */ @import url("print.css") print; @import "more.css";
        .a { background: URL( ../img/a.png ) } .b { background: url('b\\20 c.png') }
    """

    assert of_css(css) == ["css/more.css", "css/print.css", "img/a.png", "css/b%20c.png"]


def test_of_a_font_the_newest_format_is_enough() -> None:
    css = "@font-face { src: url(f.eot); src: url(f.eot?#iefix), url(f.woff2), url(f.woff) }"

    assert of_css(css) == ["css/f.woff2"]
    assert of_css("@font-face { src: url(g.woff) }") == ["css/g.woff"]


@pytest.mark.parametrize("piece", ["/*", 'url("', "url(", "@import '", "@namespace ", "\\"])
def test_a_hostile_style_takes_no_longer_than_its_size(piece: str) -> None:
    began = time.process_time()

    requisites_of_css((piece * 50_000).encode(), PAGE)

    assert time.process_time() - began < 0.5


def test_a_style_is_known_by_its_type_or_else_by_its_name() -> None:
    assert is_css("https://a.example/x", "text/css; charset=utf-8")
    assert is_css("https://a.example/x.css?v=1", None)
    assert not is_css("https://a.example/x.css", "text/html")

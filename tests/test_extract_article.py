"""Whole pages in the manner of the sites we archive: what comes out is said word by word."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from scraper.extract import extract_article
from scraper.model import KEPT_ROLES, STRIPPED_ROLES, Article

SAMPLES = tomllib.loads(Path(__file__).with_name("extract_samples.toml").read_text("utf-8"))
LANGUAGES = SAMPLES["page"]
URL = "https://example.org/2024/05/a-story"


def page(title: str, body: str, *, lang: str = "en", head: str = "") -> bytes:
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f"<title>{title} | The Daily Example</title>{head}</head><body>"
        '<nav class="x1"><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li>'
        '<li><a href="/sport">Sport</a></li></ul></nav>'
        f"{body}"
        "<footer><p>Copyright The Daily Example. All rights reserved.</p></footer></body></html>"
    ).encode()


def read(html: bytes) -> Article:
    article = extract_article(html, URL)
    assert article is not None
    return article


HARBOUR: list[str] = SAMPLES["harbour"]

OVERLAY = """
<div class="k-19x"><p>&times;</p><p>A page without a single banner</p>
<p>In March we took every advertisement off this site, so that you can read in quiet.</p>
<p>That leaves us &euro;6,000 short each month, and readers like you can close the gap.</p>
<p><a href="/give">Chip in</a></p></div>"""

APPEAL = """
<p>A Message from The Daily Example:</p>
<p>Dear readers,</p>
<p>These are hard times for our newsroom. A court has called us a danger to the public and
threatens our reporters with prison.</p>
<p>The ruling is meant to frighten us. It says that what we write insults the government; we think
that it informs you.</p>
<p>Any sum helps, however modest. If you are able to, please become a monthly supporter from as
little as &euro;3.</p>
<p>With your contribution you keep independent reporting alive. Thank you for being at our side.</p>
<div class="b-2"><p>Once</p><p>Monthly</p><p>Annual</p><p>Continue</p>
<p>Not today?</p><p>Ask me again later.</p></div>"""


def paragraphs(lines: list[str]) -> str:
    return "".join(f"<p>{line}</p>\n" for line in lines)


def test_appeals_labels_and_links_in_plain_paragraphs_do_not_reach_the_text() -> None:
    body = f"""{OVERLAY}<div class="css-1k2j3h"><h1>Crane falls on quay of Port Ellery</h1>
    <p>Updated May 6th, 2024 at 08:12 IST</p>
    <p>Reported by: Lena Okafor</p>
    <p>| Image: self</p>
    <p>Advertisement</p>
    {paragraphs(HARBOUR[:2])}
    <p>Read: <a href="/a">Ports Along The Coast Brace For Delays As Storm Season Nears</a></p>
    {paragraphs(HARBOUR[2:3])}
    <p>Advertisement</p>
    <p>[In this photo provided by the port authority, a crane lies on the quay. Credit: AP]</p>
    {paragraphs(HARBOUR[3:])}
    <p>(Image Credit: AP)</p>
    <p><a href="/b">Ministry promises new rules for harbour cranes after accident</a></p>
    {APPEAL}
    <p>. by [author_name]</p>
    <p>Post a Comment</p>
    <p><a href="/prev">Previous Post</a> <a href="/next">Next Post</a></p></div>"""

    article = read(page("Crane falls on quay of Port Ellery", body))

    assert article.text == "\n\n".join(["Crane falls on quay of Port Ellery", *HARBOUR])
    assert article.paragraphs == tuple(HARBOUR)


def test_every_block_has_a_role_of_the_list_and_a_reason() -> None:
    body = f"<article><h1>Crane falls</h1>{paragraphs(HARBOUR)}{APPEAL}</article>"

    article = read(page("Crane falls", body))

    for block in article.blocks:
        assert block.role in KEPT_ROLES | STRIPPED_ROLES
        assert block.kept == (block.role in KEPT_ROLES) or block.role == "headline"
        assert block.reason
    assert {block.text for block in article.stripped()} >= {"Home", "World", "Sport"}


def test_standfirst_subheadings_lists_quotes_and_tables_are_kept() -> None:
    body = f"""<article><header><h1>Crane falls on quay of Port Ellery</h1>
    <p class="standfirst">Nobody was hurt, but grain exports will stand still for weeks, and the
    question is who will pay.</p><p class="byline">By Lena Okafor</p></header>
    <div class="article-body">{paragraphs(HARBOUR[:2])}
    <h2>What is known</h2>
    <ul><li>Eleven containers were crushed under the boom.</li>
    <li>The southern quay may be used again soon.</li></ul>
    {paragraphs(HARBOUR[2:4])}
    <blockquote><p>It is a matter of days, and every one of them counts for us here.</p>
    </blockquote>
    <table><tr><th>Port</th><th>Ships sent</th></tr><tr><td>Wexham</td><td>4</td></tr></table>
    {paragraphs(HARBOUR[4:])}
    <p>AFP contributed reporting.</p>
    <p>Correction: An earlier version of this story gave a wrong year for the crane.</p>
    </div></article>"""

    article = read(page("Crane falls on quay of Port Ellery", body))

    assert article.paragraphs == (
        (
            "Nobody was hurt, but grain exports will stand still for weeks, and the question is "
            "who will pay."
        ),
        *HARBOUR[:2],
        "What is known",
        "- Eleven containers were crushed under the boom.",
        "- The southern quay may be used again soon.",
        *HARBOUR[2:4],
        "It is a matter of days, and every one of them counts for us here.",
        "Port | Ships sent",
        "Wexham | 4",
        *HARBOUR[4:],
        "AFP contributed reporting.",
        "Correction: An earlier version of this story gave a wrong year for the crane.",
    )
    roles = {block.text: block.role for block in article.blocks if block.kept}
    assert roles["What is known"] == "subheading"
    assert roles["Wexham | 4"] == "table"
    assert roles["AFP contributed reporting."] == "credit"
    assert roles[article.paragraphs[0]] == "standfirst"
    assert roles[article.paragraphs[-1]] == "note"


def test_a_story_about_donations_and_subscriptions_keeps_its_text() -> None:
    story: list[str] = SAMPLES["donations"]
    body = f'<div class="q-77"><h1>Small gifts carry small papers</h1>{paragraphs(story)}</div>'

    article = read(page("Small gifts carry small papers", body))

    assert article.paragraphs == tuple(story)


@pytest.mark.parametrize("sample", LANGUAGES, ids=[sample["lang"] for sample in LANGUAGES])
def test_furniture_between_paragraphs_is_stripped_in_each_language(
    sample: dict[str, Any],
) -> None:
    title, story, furniture = sample["title"], sample["story"], sample["furniture"]
    inside = "".join(
        f"<p>{line}</p><p>{extra}</p>" for line, extra in zip(story, [*furniture, ""], strict=False)
    ) + "".join(f"<p>{extra}</p>" for extra in furniture[len(story) :])
    body = f'<div class="a9f"><h1>{title}</h1>{inside}</div>'

    article = read(page(title, body, lang=sample["lang"]))

    assert article.text == "\n\n".join([title, *story])
    assert article.language == sample["lang"]


def test_a_tail_of_headlines_is_not_the_story() -> None:
    tail = "".join(
        f'<p><a href="/{n}">{line}</a></p>'
        for n, line in enumerate(
            [
                "Man finds Roman coins while digging for potatoes",
                "Record number of storks leaves the delta early",
                "Women take to the streets of the capital over wages",
            ]
        )
    )
    body = f'<div class="z1"><h1>Crane falls on quay</h1>{paragraphs(HARBOUR)}{tail}</div>'

    article = read(page("Crane falls on quay", body))

    assert article.paragraphs == tuple(HARBOUR)


def test_text_parted_by_line_breaks_is_split_into_paragraphs() -> None:
    body = (
        '<h3 class="post-title entry-title">Crane falls on quay of Port Ellery</h3>'
        f'<div class="post-body entry-content">{"<br><br>".join(HARBOUR)}</div>'
    )

    article = read(page("Crane falls on quay of Port Ellery", body))

    assert article.paragraphs == tuple(HARBOUR)


def test_a_body_that_a_script_reveals_is_read() -> None:
    body = (
        "<h1>Crane falls on quay of Port Ellery</h1>"
        f'<div class="story" style="display:none">{paragraphs(HARBOUR)}</div>'
    )

    article = read(page("Crane falls on quay of Port Ellery", body))

    assert article.paragraphs == tuple(HARBOUR)


def test_words_that_a_style_clips_away_are_not_glued_to_links() -> None:
    clipped = '<span style="border:0;clip:rect(0 0 0 0);width:1px">, opens new tab</span>'
    first = HARBOUR[0].replace("Port Ellery", f'<a href="/e">Port Ellery{clipped}</a>')

    assert (
        read(page("A crane", f"<h1>A crane</h1>{paragraphs([first, *HARBOUR[1:]])}")).paragraphs[0]
        == (HARBOUR[0])
    )


def test_words_for_screen_readers_are_not_glued_to_links() -> None:
    body = (
        "<article><h1>Crane falls on quay of Port Ellery</h1>"
        + paragraphs(HARBOUR[:3])
        + '<p>The ministry published <a href="/r">its report<span class="visually-hidden">, opens '
        "new tab</span></a> on Tuesday, and the port answered within the hour.</p></article>"
    )

    article = read(page("Crane falls on quay of Port Ellery", body))

    assert article.paragraphs[-1] == (
        "The ministry published its report on Tuesday, and the port answered within the hour."
    )


@pytest.mark.parametrize(
    "html",
    [
        b"",
        b"<html><body></body></html>",
        b"<p>Log in</p>",
        page(
            "Section",
            "".join(
                f'<div class="card"><h2><a href="/{n}">A headline about event number {n}</a></h2>'
                f"<p>What happened at event {n} was seen by many people. They said so.</p></div>"
                for n in range(12)
            ),
        ),
        page("L", "".join(f'<p><a href="/{n}">A thing happened. {n}</a></p>' for n in range(40))),
        page("Subscribe", "<p>Subscribe to continue reading. Already a subscriber? Log in.</p>"),
    ],
    ids=["empty", "no body", "a button", "teasers", "links", "a prompt"],
)  # fmt: skip
def test_a_page_without_a_story_is_no_article(html: bytes) -> None:
    assert extract_article(html, URL) is None


def test_the_same_bytes_give_the_same_article_whatever_was_read_before() -> None:
    one = page(
        "Crane falls on quay of Port Ellery",
        f"<article><h1>Crane falls on quay of Port Ellery</h1>{paragraphs(HARBOUR)}</article>",
    )
    first = read(one)

    for number in range(5):
        read(
            page(
                f"Story {number}",
                f"<article><h1>Story {number}</h1>{paragraphs(HARBOUR[:4])}</article>",
            )
        )

    assert read(one) == first


def test_control_characters_in_titles_do_not_reach_the_text() -> None:
    title = "Crane \x1b]0;pwn\x07falls\x1b[2J &#8238;on quay"
    body = f"<article><h1>{title}</h1>{paragraphs(HARBOUR)}</article>"

    article = read(page(title, body))

    assert article.title == "Crane ]0;pwnfalls[2J on quay"
    assert not any(ord(char) < 32 for char in article.text if char != "\n")


def test_rows_of_dates_in_a_table_are_no_datelines() -> None:
    table = "<tr><th>Ticket</th><th>Now</th><th>From May 1</th></tr><tr><td>Day</td><td>4</td></tr>"
    body = f"<article><h1>Fares rise</h1>{paragraphs(HARBOUR)}<table>{table}</table></article>"

    article = read(page("Fares rise", body))

    assert "Ticket | Now | From May 1" in article.paragraphs


@pytest.mark.parametrize("count", [3, 4, 12])
def test_a_front_page_of_teasers_is_no_article(count: int) -> None:
    cards = "".join(
        f'<div class="card"><h3><a href="/{n}">Headline number {n} of this morning</a></h3>'
        f"<p>{HARBOUR[n % len(HARBOUR)]}</p></div>"
        for n in range(count)
    )

    assert extract_article(page("News", f"<h1>News</h1><div>{cards}</div>"), URL) is None


def test_the_only_h1_is_the_headline_where_the_title_names_the_site_alone() -> None:
    html = (
        "<title>The Gazette</title><article><h1>Bridge opens</h1>"
        "<p>The bridge over the Leede opened on Monday after two years of work, they said.</p>"
        "<p>Traffic was light through the morning, and buses ran to time again.</p></article>"
    )

    article = extract_article(html.encode(), "http://gazette.example/bridge")

    assert article is not None
    assert article.text.startswith("Bridge opens\n\nThe bridge")

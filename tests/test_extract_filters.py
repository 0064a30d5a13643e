"""Wording and shape: what is struck, and what looks like it and stays."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from scraper.extract import extract_article
from scraper.extract.containers import terrain_of
from scraper.extract.filters import finding_on
from scraper.extract.pieces import pieces_in

PROSE = """<p>The harbour of Port Ellery was closed on Monday after a crane fell on the northern
quay, and ships were sent to two other ports along the coast, the authority said.</p>"""


def role_in_story(markup: str) -> str | None:
    """Return the role that a filter finds for a block between paragraphs of a story."""
    html = f"<body><div class='s'>{PROSE * 4}<!-- here -->{markup}{PROSE * 4}</div></body>"
    body = LexborHTMLParser(html).body
    assert body is not None
    pieces, _ = pieces_in(body)
    found = finding_on(pieces[4], terrain_of(pieces))
    return None if found is None else found[0]


@pytest.mark.parametrize(
    ("markup", "role"),
    [
        ("<p>Advertisement</p>", "ad"),
        ("<p>ANZEIGE</p>", "ad"),
        ("<p>Continue reading</p><p>x</p>", None),
        ("<p>Subscribe</p>", "prompt"),
        ("<p>Sign up for <a href='/n'>our morning newsletter</a>.</p>", "prompt"),
        ("<p>Support us with as little as $2 a month.</p>", "prompt"),
        ("<p>Подпишитесь на <a href='/t'>наш телеграм-канал</a></p>", "prompt"),
        ("<p>Abonnez-vous à notre newsletter pour tout lire.</p>", "prompt"),
        ("<p><b>Read more:</b> <a href='/a'>Ports brace for storms</a></p>", "related"),
        ("<p>Read: <a href='/a'>Ports Brace For Storms As Season Nears</a></p>", "related"),
        ("<p>[<a href='/a'>See the map of all closed quays</a>]</p>", "related"),
        ("<p><a href='/a'>Ports along the coast brace for storms</a></p>", "related"),
        ("<p>اقرأ أيضا: <a href='/a'>موانئ الساحل تستعد</a></p>", "related"),
        ("<p>[A crane lies on the quay. Credit: AP]</p>", "caption"),
        ("<p>(Image Credit: AP)</p>", "caption"),
        ("<p>Photo: Lena Okafor</p>", "caption"),
        ("<p>A crane lies on the quay. Jana Wirth / AFP / Getty</p>", "caption"),
        ("<figure><figcaption>A crane lies on the quay.</figcaption></figure>", "caption"),
        ("<div class='wp-caption-text'>A crane lies on the quay.</div>", "caption"),
        ("<p>By Lena Okafor</p>", "byline"),
        ("<p>Reported by: Lena Okafor</p>", "byline"),
        ("<p>Updated March 3rd, 2021 at 08:12 IST</p>", "dateline"),
        ("<p>29.09.2020 19:57</p>", "dateline"),
        ("<p>29 сентября 2020</p>", "dateline"),
        ("<p>. by [author_name]</p>", "other"),
        ("<p>Post a Comment</p>", "comment"),
        ("<p>Previous Post Next Post</p>", "navigation"),
        ("<p>Tags: <a href='/t/a'>ports</a>, <a href='/t/b'>grain</a></p>", "tags"),
        ("<aside><p>Built in 1974, the crane was old.</p></aside>", "box"),
        ("<div class='author-bio'>Lena Okafor writes about ports.</div>", "author"),
        ("<p>© 2024 The Daily Example. All rights reserved.</p>", "footer"),
    ],
)
def test_furniture_is_known_by_wording_and_shape(markup: str, role: str | None) -> None:
    assert role_in_story(markup) == role


@pytest.mark.parametrize(
    "markup",
    [
        "<p>Donate blood and you may save a life, doctors tell visitors of the port's clinic.</p>",
        "<p>Subscribe to one paper and you will be asked to pay for a second, the study says.</p>",
        "<p>“Support our work or we close,” the owner of the café told his guests on Friday.</p>",
        "<p>Newsletters, the survey found, are read by every third harbour worker.</p>",
        "<p>By Friday the quay had been cleared of all eleven containers.</p>",
        "<p>By the end of the week nobody in the port knew what to do.</p>",
        "<p>Updated rules for cranes will come into force in January, the ministry said.</p>",
        "<p>The first ships came back on 29 September 2020, two days earlier than expected.</p>",
        "<p>Photo albums of the old quay were lost in the fire, and the museum mourns them.</p>",
        "<p>Images of the accident were seen by two million people.</p>",
        "<p>Related costs will be paid by the insurer, the authority says.</p>",
        "<p>More: that was all the workers asked for.</p>",
        "<p>See, this is how it goes, he said.</p>",
        "<p>The tags on the containers were <a href='/r'>torn off</a>, the report says.</p>",
        "<p>AFP contributed reporting.</p>",
        "<p>(Reporting by Lena Okafor; Editing by Tom Brandt)</p>",
        "<p>Correction: An earlier version gave a wrong year.</p>",
        "<p>The statement was sent to Reuters (AFP had asked first).</p>",
        "<h2>Analysis</h2>",
        "<h2>What happens next</h2>",
        "<p>Why?</p>",
    ],
)
def test_a_story_that_uses_the_same_words_stays(markup: str) -> None:
    assert role_in_story(markup) is None


def test_a_name_is_not_heard_where_it_names_the_template() -> None:
    html = f"<body><div class='sidebar-layout ad-free newsletter'>{PROSE * 6}</div></body>"
    body = LexborHTMLParser(html).body
    assert body is not None
    pieces, _ = pieces_in(body)

    assert finding_on(pieces[0], terrain_of(pieces)) is None


@pytest.mark.parametrize(
    ("line", "stays"),
    [
        (
            "The program costs 50 euros in the <a href=/s>App Store</a> and needs a recent phone.",
            True,
        ),
        ("Our reporters write <a href=/n>the newsletter</a> that you get in the morning.", False),
        ("Follow the harbour on <a href=/t>our Telegram channel</a>.", False),
    ],
)
def test_a_last_sentence_with_one_word_of_prompts_is_the_storys_where_it_addresses_nobody(
    line: str, stays: bool
) -> None:
    story = "".join(
        f"<p>On day {n} the ferry left the pier of Port Ellery with {n + 40} people on board, "
        "and the harbour master counted them.</p>"
        for n in range(5)
    )
    html = f"<title>Ferry</title><body><article><h1>Ferry</h1>{story}<p>{line}</p></article>"

    article = extract_article(html.encode(), "https://example.org/2026/ferry")

    assert article is not None
    assert (len(article.paragraphs) == 6) is stays

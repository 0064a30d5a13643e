"""What a site's software says among a story goes; stories about such things stay."""

import pytest

from scraper.extract import extract_article

STORY = (
    "The bridge at Lower Marsh was closed on Tuesday after inspectors found cracks in two piers.",
    "Buses will run by way of the ring road until the report is finished, the town council said.",
    "Four hundred children cross the river every morning, and the school opens later this week.",
    "The mayor asked drivers to leave their cars at home, since the ferry takes but twelve.",
)
NOTICES = [
    "This gallery uses a plug-in. Your browser does not support it.",
    "Please enable JavaScript to see the map.",
    "Externer Inhalt. Mit einem Klick sind Sie einverstanden, dass er angezeigt wird.",
    "Pour afficher ce contenu, merci d'accepter les cookies de la plateforme.",
    "Reading time: 4 minutes",
    "Czas czytania: 3 min",
    "読了時間 5分",
    '[pullquote align="left" size="big"]',
    "The article continues after this advert",
    "Der Text wird unter der Werbung fortgesetzt",
    "Продолжение текста после рекламы",
    "Reklamdan sonra haber devam ediyor",
    "يستمر النص بعد الإعلان",
    "記事は広告の後に続く",
]
TOLD = [
    "Reading the file took the inspectors four minutes each time, the report says in a note.",
    "The court ruled that sites must ask before they show embedded content to children.",
    "The newspaper dropped the advertisement after protests by its readers in the valley.",
    "[The mayor] will not comment, the clerk wrote in a short message on Wednesday.",
]
RULES = [
    "Comments are moderated and appear after a check; insults will be deleted.",
    "Kommentare werden vor der Veröffentlichung moderiert.",
    "Комментарии, где оскорбляют других, будут удалены модераторами.",
]


def page(*lines: str) -> bytes:
    body = "".join(f'<p class="q-8x2">{line}</p>' for line in lines)
    head = "<title>Bridge at Lower Marsh closed</title><h1>Bridge at Lower Marsh closed</h1>"
    return f"<meta charset=utf-8>{head}<div class='z-41'>{body}</div>".encode()


def paragraphs(*lines: str) -> tuple[str, ...]:
    article = extract_article(page(*lines), "https://paper.example/2026/bridge")
    assert article is not None
    return article.paragraphs


@pytest.mark.parametrize("notice", NOTICES)
def test_a_notice_among_the_paragraphs_goes_and_the_story_stays(notice: str) -> None:
    assert paragraphs(*STORY[:2], notice, *STORY[2:]) == STORY


@pytest.mark.parametrize("line", TOLD)
def test_what_the_story_tells_of_such_things_stays(line: str) -> None:
    assert paragraphs(*STORY[:2], line, *STORY[2:]) == (*STORY[:2], line, *STORY[2:])


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_for_comments_goes_below_the_story(rule: str) -> None:
    assert paragraphs(*STORY, rule) == STORY


def test_a_heading_of_links_may_have_a_name_between() -> None:
    links = "".join(
        f'<li>Ferry news: <a href="/{at}">what the captain wrote on day {at}</a></li>'
        for at in (1, 2, 3)
    )
    html = page(*STORY).replace(
        b"</div>", f"<h3>More Marsh Herald stories</h3><ul>{links}</ul></div>".encode()
    )

    article = extract_article(html, "https://paper.example/2026/bridge")

    assert article is not None
    assert article.paragraphs == STORY


def test_what_microdata_says_to_machines_is_no_text() -> None:
    hidden = (
        '<div itemprop="publisher" itemscope itemtype="https://schema.org/Organization">'
        '<div itemprop="name">MarshHeraldGroup</div>'
        '<div itemprop="url">https://paper.example/logo.png</div></div>'
    )
    html = page(*STORY).replace(b"</p><p", f"</p>{hidden}<p".encode(), 1)

    article = extract_article(html, "https://paper.example/2026/bridge")

    assert article is not None
    assert article.paragraphs == STORY


def test_a_post_that_is_kept_keeps_the_line_that_says_whose_it_is() -> None:
    post = (
        "<blockquote><p>We found the second crack by accident, and nobody should have crossed "
        "that bridge since the floods.</p>\u2014 Ada Wren (@adawren) March 3, 2026</blockquote>"
    )
    html = page(*STORY).replace(b"</p><p", f"</p>{post}<p".encode(), 2)

    article = extract_article(html, "https://paper.example/2026/bridge")

    assert article is not None
    assert any("Ada Wren" in paragraph for paragraph in article.paragraphs)

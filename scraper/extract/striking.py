"""Steps that take pieces out of the text: what they say, where they stand, what they repeat.

They let nothing in but the headline, by its name.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scraper.extract.containers import is_prose, parent_of
from scraper.extract.filters import finding_on, is_appeal, is_own_voice, is_title_like, opens_letter
from scraper.extract.notices import is_comment_rule
from scraper.extract.pieces import Piece, tokens_of
from scraper.extract.reading import Reading
from scraper.extract.titles import names_said
from scraper.extract.verdict import Verdict, Verdicts, is_h1, place_of
from scraper.extract.wording import is_heading_of_links

if TYPE_CHECKING:
    from scraper.extract.elements import Element

_COPY_TOKENS = 8  # fewer words may well be said twice
_LINKED = 0.9
_LONG = 60  # tokens; nobody says so much twice
_CARD_LINKED = 0.3  # a title of which a half is the link
_LINES_A_CARD = 4  # a title, a picture's text, a line, a date
_PARAGRAPHS = 2  # that show how a story's paragraphs are set
_MOST_BARE = 2  # headings without text below; more are a list of headings


def name_headlines(reading: Reading, verdicts: Verdicts) -> None:
    """Name the headline, and take out what says it again."""
    titles = [frozenset(tokens_of(title)) for title in reading.titles]
    alike = [
        piece.index
        for piece in reading.pieces
        if frozenset(piece.tokens) in titles or _holds_headline(piece, reading.title)
    ]
    first = next((i for i in alike if is_h1(reading.pieces[i])), alike[0] if alike else None)
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        if piece.index == first:
            verdict.keep("headline", "says what the page's title says")
        elif piece.index in alike and not (verdict.kept and verdict.found):
            verdict.strip("headline", "repeats the headline")
        elif verdict.kept and not verdict.found and is_h1(piece):
            verdict.strip("headline", "another h1")
        else:
            continue
        verdict.found = True


def _holds_headline(piece: Piece, title: str) -> bool:
    """A heading that ends in the headline, behind a kicker."""
    return (
        piece.owner.tag in {"h1", "h2"}
        and len(title) >= 20
        and len(piece.text) <= 2.5 * len(title)
        and piece.text.casefold().endswith(title.casefold())
    )


def strike_furniture(reading: Reading, verdicts: Verdicts) -> None:
    """Take out what the filters know."""
    among = _among_paragraphs(reading)
    for piece, verdict, far in zip(reading.pieces, verdicts, reading.ground.far, strict=True):
        if far and not verdict.kept and piece.link_share > _LINKED:
            verdict.role = "navigation"
        elif not verdict.found:
            found = finding_on(piece, reading.terrain, may_date=piece.index in among)
            if found is not None:
                verdict.strip(*found)
                verdict.found = True


def _among_paragraphs(reading: Reading) -> frozenset[int]:
    """Return what is set as the paragraphs of a rule's body are: neither the first nor the last.

    A date that stands there heads a part of the story; the page's own has a place of its own.
    """
    places = defaultdict[object, list[Piece]](list)
    for piece in reading.pieces if reading.rule.body else ():
        if reading.rule.holds(piece.place):
            places[place_of(piece)].append(piece)
    found: set[int] = set()
    for alike in places.values():
        prose = [at for at, piece in enumerate(alike) if is_prose(piece)]
        if len(prose) >= _PARAGRAPHS:
            found.update(piece.index for piece in alike[prose[0] + 1 : -1])
    return frozenset(found)


def strike_names(reading: Reading, verdicts: Verdicts) -> None:
    """Take out lines that are nothing but the site's name or an author's."""
    named = names_said(reading.said)
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        if verdict.kept and not verdict.found and piece.tokens in named:
            verdict.strip("byline", "the name of the site or of an author is the whole block")


def strike_before_headline(reading: Reading, verdicts: Verdicts) -> None:
    """Take out what stands above the headline, where the story is below."""
    headline = next((i for i, verdict in enumerate(verdicts) if verdict.role == "headline"), None)
    if headline is None or not verdicts[headline].kept:
        return
    kept = [
        (piece, verdict)
        for piece, verdict in zip(reading.pieces, verdicts, strict=True)
        if verdict.kept and verdict.role not in {"headline", "standfirst"}
    ]
    above = [(piece, verdict) for piece, verdict in kept if piece.index < headline]
    if 2 * sum(piece.length for piece, _ in above) > sum(piece.length for piece, _ in kept):
        return
    for _, verdict in above:
        if not verdict.reason.startswith("rule "):
            verdict.strip("other", "above the headline")


def strike_related_runs(reading: Reading, verdicts: Verdicts) -> None:
    """Take out the cards below a label of related stories, until the story goes on."""
    box: Element | None = None
    story: set[object] = set()
    run: list[int] = []
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        if verdict.role == "related" and not verdict.kept and is_heading_of_links(piece.text):
            box = piece.owner.parent if story else None
        elif box is None or not piece.owner.is_within(box) or place_of(piece) in story:
            _strike_cards(reading, verdicts, run)
            box, run = None, []
            if verdict.kept and is_prose(piece):
                story.add(place_of(piece))
        elif not verdict.found:
            run.append(piece.index)
    _strike_cards(reading, verdicts, run)


def _strike_cards(reading: Reading, verdicts: Verdicts, run: Sequence[int]) -> None:
    """Take out a run of pieces where links are a good part of it: titles, perhaps with a line."""
    linked = sum(reading.pieces[index].link_share > _CARD_LINKED for index in run)
    if linked * _LINES_A_CARD < len(run):
        return
    for index in run:
        if verdicts[index].kept:
            verdicts[index].strip("related", "below a label of related stories")


def strike_letters(reading: Reading, verdicts: Verdicts) -> None:
    """Take out what the publisher writes to its readers, until the story goes on.

    Without a story above it, the letter is the story.
    """
    box: Element | None = None
    above = 0
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        above += verdict.kept and is_prose(piece)
        if above >= 2 and not verdict.reason.startswith("rule ") and opens_letter(piece):
            box = piece.owner.parent
            verdict.strip("prompt", "opens a letter to the readers")
            continue
        if box is None:
            continue
        if not piece.owner.is_within(box) or (is_prose(piece) and not is_own_voice(piece)):
            box = None
        elif verdict.kept and not verdict.reason.startswith("rule "):
            verdict.strip("prompt", "belongs to a letter to the readers")


def strike_tail(reading: Reading, verdicts: Verdicts) -> None:
    """Take out appeals at the end, where a word and a link say enough."""
    for piece, verdict in zip(reversed(reading.pieces), reversed(verdicts), strict=True):
        if not verdict.kept or verdict.role in {"headline", "credit", "note"}:
            continue
        if verdict.reason.startswith("rule "):
            return
        if is_appeal(piece):
            verdict.strip("prompt", "prompt wording beside a link, below the story")
        elif is_comment_rule(piece):
            verdict.strip("comment", "what is done with comments, below the story")
        elif verdict.role == "body" and is_title_like(piece):
            verdict.strip("related", "a line without an end, below the story")
        else:
            return


def strike_link_lists(reading: Reading, verdicts: Verdicts) -> None:
    """Take out lists whose items are links from end to end."""
    lists: dict[int, list[int]] = defaultdict(list)
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        if verdict.kept and verdict.role == "list" and not verdict.found:
            home = next(at for at in piece.owner.lineage() if at.tag == "li")
            lists[0 if home.parent is None else home.parent.key].append(piece.index)
    for indices in lists.values():
        links = [i for i in indices if reading.pieces[i].link_share > 0.9]
        if len(links) >= 2 and len(links) >= 0.8 * len(indices):
            for index in indices:
                verdicts[index].strip("related", "a list of links")


def strike_copies(reading: Reading, verdicts: Verdicts) -> None:
    """Take out second copies."""
    first: dict[tuple[str, ...], int] = {}
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        if not verdict.kept or len(piece.tokens) < _COPY_TOKENS or verdict.role == "headline":
            continue
        earlier = first.setdefault(piece.tokens, piece.index)
        if earlier == piece.index:
            continue
        if parent_of(piece) is parent_of(reading.pieces[earlier]) and len(piece.tokens) < _LONG:
            continue  # a recipe says it twice
        is_pulled = verdicts[earlier].role == "quote" and verdict.role == "body"
        copy = verdicts[earlier] if is_pulled else verdict
        copy.strip("other", "a second copy")


def strike_pull_quotes(reading: Reading, verdicts: Verdicts) -> None:
    """Take out quotations that were pulled out of a paragraph."""
    grams: dict[tuple[str, ...], int] = {}
    kept = [piece for piece in reading.pieces if verdicts[piece.index].kept]
    for piece in kept:
        if verdicts[piece.index].role == "body":
            for at in range(len(piece.tokens) - 5):
                grams.setdefault(piece.tokens[at : at + 6], piece.index)
    for piece in kept:
        if verdicts[piece.index].role == "quote" and len(piece.tokens) >= 6:
            homes = {grams.get(piece.tokens[at : at + 6]) for at in range(len(piece.tokens) - 5)}
            if len(homes) == 1 and None not in homes:
                verdicts[piece.index].strip("other", "repeats a part of another paragraph")


def strike_bare_headings(reading: Reading, verdicts: Verdicts) -> None:
    """Take out headings that have nothing below them."""
    bare: list[Verdict] = []
    for verdict in reversed(verdicts):
        if verdict.kept and verdict.role == "subheading":
            bare.append(verdict)
        elif verdict.kept:
            break
    for verdict in bare if len(bare) <= _MOST_BARE else ():
        verdict.strip("subheading", "nothing is kept below it")

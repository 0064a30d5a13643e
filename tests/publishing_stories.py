"""Invented news for the publishing house: a small grammar that tells a new story for every seed.

It knows nothing of pages, feeds and times.
"""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

_WORDS: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_name("publishing_words.toml").read_text(encoding="utf-8")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A story as it was told at one time: what a reader should get, and nothing else."""

    title: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        """The content of the clean text's file."""
        return "\n\n".join((self.title, *self.paragraphs))


def told(random: Random) -> Telling:
    """Return a new story of some 250 to 500 words."""
    names = _cast(random)
    sentences = [_filled(each, names, random) for each in random.sample(_WORDS["sentences"], 26)]
    lengths = [random.choice((2, 2, 3)) for _ in range(random.randint(6, 10))]
    paragraphs = [_filled(random.choice(_WORDS["leads"]), names, random)]
    for length in lengths:
        taken, sentences = sentences[:length], sentences[length:]
        paragraphs.append(" ".join(taken))
    title = _filled(random.choice(_WORDS["titles"]), names, random)
    return Telling(title=title, paragraphs=tuple(each for each in paragraphs if each))


def edited(telling: Telling, random: Random) -> Telling:
    """Return the story as it was told after an edit: something new, and often another headline."""
    update = _filled(random.choice(_WORDS["updates"]), _cast(random), random)
    place = random.randint(1, len(telling.paragraphs))
    paragraphs = (*telling.paragraphs[:place], update, *telling.paragraphs[place:])
    changed = replace(telling, paragraphs=paragraphs)
    if random.random() < 0.4:
        return replace(
            changed, title=f"{telling.title}, {random.choice(_WORDS['months'])} at the latest"
        )
    return changed


def _cast(random: Random) -> dict[str, str]:
    """Return who and what one story is about."""
    body = random.choice(_WORDS["bodies"])
    last = random.sample(_WORDS["last"], 3)
    people = [f"{random.choice(_WORDS['first'])} {name}" for name in last]
    ends = random.sample(_WORDS["ends"], 2)
    places = [random.choice(_WORDS["stems"]) + end for end in ends]
    return {
        "body": body, "Body": body.capitalize(), "thing": random.choice(_WORDS["things"]),
        "deed": random.choice(_WORDS["deeds"]), "place": places[0], "other": places[1],
        "one": people[0], "two": people[1], "three": people[2],
    }  # fmt: skip


def _filled(template: str, names: dict[str, str], random: Random) -> str:
    return template.format(
        **names,
        day=random.choice(_WORDS["days"]),
        month=random.choice(_WORDS["months"]),
        past=random.randint(1871, 1998),
        years=random.randint(11, 140),
        hours=random.randint(3, 29),
        few=random.randint(3, 27),
        count=random.randint(40, 4_900),
        less=f"{random.randint(12, 98)},{random.randint(100, 999)}",
        sum=f"{random.randint(101, 940)},{random.randint(100, 999)}",
    )

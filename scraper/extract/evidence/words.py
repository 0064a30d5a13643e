"""Evidence in plain words, for the reason that every block carries.

It weighs nothing, and the names it is given are those that evidence has elsewhere in this room.
"""

from functools import lru_cache

# Name of a scale: a phrase for its lowest steps, its middle and its highest; empty says nothing.
_SCALES = {
    "mass": ("its container holds no prose", "its container holds some prose",
             "inside the heaviest container"),
    "mass above": ("no prose around its container", "some prose around its container",
                   "its container stands in the heaviest part"),
    "container links": ("few links around it", "links around it", "its container is mostly links"),
    "above links": ("few links near it", "links near it", "mostly links near it"),
    "prose beside": ("no paragraphs beside it", "a paragraph beside it", "paragraphs beside it"),
    "up": ("in the body container", "near the body container", "outside the body container"),
    "down": ("in the body container", "beside the body container", "far from the body container"),
    "alike": ("little prose is marked up like it", "some prose is marked up like it",
              "most prose is marked up like it"),
    "kin": ("little prose has its tag and class", "some prose has its tag and class",
            "most prose has its tag and class"),
    "length": ("short", "of middling length", "long"),
    "words": ("few words", "some words", "many words"),
    "link share": ("no links", "partly links", "mostly links"),
    "links": ("no links", "a link", "many links"),
    "sentences": ("no sentence", "a sentence", "several sentences"),
    "capitals": ("few capitals", "some capitals", "capitals like a title's"),
    "digits": ("no digits", "digits", "mostly digits"),
    "title": ("unlike the title", "shares words with the title", "says what the title says"),
    "description": ("shares little with the description", "shares words with the description",
                    "says what the description says"),
    "alt text": ("shares words with a picture's text", "shares words with a picture's text",
                 "says what a picture's text says"),
    "below the headline": ("just below the headline", "below the headline", "below the headline"),
    "prose above": ("follows body text", "body text above it", "no body text near above"),
    "prose below": ("body text follows", "body text below it", "no body text near below"),
    "story told": ("before the story", "within the story", "after the story"),
}  # fmt: skip
# First words of a name: the phrase, with what follows them in the place of {}.
_PREFIXES = (
    ("own ", "its name says {}"),
    ("in ", "inside what is named {}"),
    ("container ", "its container is named {}"),
    ("under ", "inside <{}>"),
    ("below ", "inside <{}>"),
    ("inside ", "the story's part of the page is inside <{}>"),
    ("tag ", "tag <{}>"),
    ("all ", "all in <{}>"),
    ("opens like ", "wording of {} opens it"),
    ("before ", "behind {}"),
    ("behind ", "before {}"),
)
_PHRASES = {
    "best container": "in the heaviest container",
    "in best container": "inside the heaviest container",
    "in body root": "inside the body container",
    "hidden": "hidden from readers",
    "all bold": "all in bold",
    "all italic": "all in italics",
    "said before": "the same words stand above",
    "said elsewhere": "its words stand elsewhere as well",
    "appeal": "wording of an appeal",
    "appeals": "wording of appeals",
    "closing credit": "wording of a closing credit",
    "rights": "wording of rights",
    "article in article": "in an article of its own",
    "person and a link": "we or you beside a link",
    "tag other": "",
    "all other": "",
    "no words": "no words",
}
_LABELS = " label"


@lru_cache(maxsize=4096)
def in_words(name: str) -> str:
    """Return a piece of evidence as a phrase; empty where it would say nothing to a reader."""
    scale, colon, step = name.rpartition(":")
    if colon and scale in _SCALES:
        return _SCALES[scale][_third_of(scale, int(step))]
    if name in _PHRASES:
        return _PHRASES[name]
    for prefix, phrase in _PREFIXES:
        if name.startswith(prefix):
            return phrase.format(_rest(name[len(prefix) :]))
    return name


def _third_of(scale: str, step: int) -> int:
    middle = _MIDDLE.get(scale, (2, 5))
    return (step >= middle[0]) + (step >= middle[1])


# The first middle step and the first high one, where they are not the third and the sixth.
_MIDDLE = {
    "mass": (1, 5), "mass above": (1, 5), "container links": (2, 4), "above links": (2, 4),
    "prose beside": (1, 2), "up": (1, 3), "down": (1, 3), "alike": (1, 4), "kin": (1, 4),
    "length": (4, 7), "words": (4, 7), "link share": (1, 5), "links": (1, 3), "sentences": (1, 2),
    "capitals": (2, 4), "digits": (1, 3), "title": (1, 4), "description": (1, 3),
    "alt text": (1, 3), "prose above": (1, 3), "prose below": (1, 3), "story told": (1, 6),
    "below the headline": (3, 5),
}  # fmt: skip


def _rest(text: str) -> str:
    return text.replace(" sibling", " beside it").replace(" shortly", "")

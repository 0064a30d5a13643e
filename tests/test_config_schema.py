"""The schema for editors, and the documentation of every key."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from scraper.config import load_sources, schema
from scraper.config.tables import TABLES

ROOT = Path(__file__).parent.parent


def tables_of_schema() -> list[tuple[tuple[str, ...], dict[str, Any]]]:
    """Return each table's place and its part of the schema."""
    whole = schema()
    return [
        (place, whole["$defs"][model.__name__] if place else whole)
        for place, (_, model) in TABLES.items()
    ]


def as_json(text: str) -> Any:
    """Return a TOML text as an editor's schema checker sees it: dates are texts."""
    return json.loads(json.dumps(tomllib.loads(text), default=str))


def test_it_is_a_schema_of_the_draft_it_names() -> None:
    Draft202012Validator.check_schema(schema())

    assert schema()["$schema"] == Draft202012Validator.META_SCHEMA["$schema"]


@pytest.mark.parametrize(("place", "table"), tables_of_schema())
def test_every_table_refuses_unknown_keys_and_explains_the_known(
    place: tuple[str, ...], table: dict[str, Any]
) -> None:
    assert table["additionalProperties"] is False
    assert table["description"]
    for key, part in table["properties"].items():
        assert part["description"], (*place, key)
        assert part["examples"], (*place, key)


@pytest.mark.parametrize(("place", "table"), tables_of_schema())
def test_every_example_and_default_is_one_that_the_reader_takes(
    place: tuple[str, ...], table: dict[str, Any], tmp_path: Path
) -> None:
    for key, part in table["properties"].items():
        defaults = [part["default"]] if part.get("default") is not None else []
        for value in [*part["examples"], *defaults]:
            assert load(tmp_path, text_with(place, key, value)) == ()


def load(folder: Path, text: str) -> tuple[object, ...]:
    file = folder / "sources.toml"
    file.write_text(text)
    Draft202012Validator(schema()).validate(as_json(text))
    return load_sources(file).problems


def text_with(place: tuple[str, ...], key: str, value: object) -> str:
    """Return the least sources.toml in which a key has a value."""
    needed: dict[tuple[str, ...], dict[str, object]] = {
        ("outlet",): {"id": "x", "name": "x", "home": "https://x.example/"},
        ("outlet", "source"): {"type": "section", "url": "https://x.example/"},
    }
    text = ""
    for depth in range(1, len(place) + 1):
        here = needed.get(place[:depth], {}) | ({key: value} if place[:depth] == place else {})
        lines = [f"{name} = {toml_of(item)}" for name, item in here.items()]
        text += "\n".join([TABLES[place[:depth]][0], *lines, ""])
    return text or f"{key} = {toml_of(value)}"


def toml_of(value: object) -> str:
    if isinstance(value, dict):
        items = ", ".join(f"{json.dumps(key)} = {toml_of(item)}" for key, item in value.items())
        return f"{{ {items} }}" if items else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml_of, value))}]"
    is_date = isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)
    return str(value) if is_date else json.dumps(value)


@pytest.mark.parametrize(
    "text",
    [
        "[defaults]\ndely = '2s'",
        "[defaults]\ndelay = 2",
        "[defaults]\ndelay = '2'",
        "[defaults]\nevery = '* * *'",
        "[[outlet]]\nid = 'x'",
        "[[outlet]]\nid = 'X'\nname = 'x'\nhome = 'https://x.example/'",
        "[[outlet]]\nid = 'x'\nname = 'x'\nhome = 'x.example'",
        "[outlet]\nid = 'x'\nname = 'x'\nhome = 'https://x.example/'",
        text_with(("outlet", "source"), "type", "rss"),
        text_with(("outlet", "source"), "max_new", 0),
        text_with(("outlet", "fetch"), "robots", "ignore"),
        text_with(("outlet", "fetch"), "timeout", "1m1h"),
        text_with(("outlet", "rules"), "strip", "aside"),
        text_with(("outlet", "rules"), "origin", "me"),
        text_with(("outlet", "alarm"), "length_drop", 2),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(text: str, tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text(text)

    assert not Draft202012Validator(schema()).is_valid(as_json(text))
    with pytest.raises(Exception, match=r"sources\.toml:\d+: "):
        load_sources(tmp_path / "sources.toml")


def test_the_shipped_schema_is_the_one_of_today() -> None:
    shipped = json.loads((ROOT / "docs/sources.schema.json").read_text(encoding="utf-8"))

    assert shipped == schema(), "scraper outlets schema > docs/sources.schema.json"


def test_every_key_is_documented_as_the_schema_says() -> None:
    page = (ROOT / "docs/sources.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"(?ms)^## (\[+[\w.]+\]+)\n(.*?)(?=^## |\Z)", page))

    documented = {
        written: dict(re.findall(r"(?m)^\| `(\w+)` \| [^|]+ \| (.+) \|$", section))
        for written, section in sections.items()
    }

    assert documented == {
        TABLES[place][0]: {
            key: documented_as(part, is_required=key in table.get("required", []))
            for key, part in table["properties"].items()
            if (*place, key) not in TABLES
        }
        for place, table in tables_of_schema()
        if place
    }


def documented_as(part: dict[str, Any], *, is_required: bool) -> str:
    default = "-" if part.get("default") is None else f"`{toml_of(part['default'])}`"
    shown = "required" if is_required else default
    return f"{shown} | `{toml_of(part['examples'][0])}` | {part['description']}"

"""Lines of keys, tables and array elements, in texts whose values say where they stand."""

import json
import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.config.lines import Path, lines_in

TEXT = '''\
# a comment with [brackets] = "and quotes"
top = 1

[defaults] # trailing
delay = "2s"

[[outlet]]
id = "a"
  [[outlet.rules]]
  strip = [ # why
    ".a]", '.b"',

    """.c
    still c""",
    ".d" ]
  body = []
  [[outlet.rules]]
  title = \'\'\'
[[outlet]]
id = "not a key"
\'\'\'
  "quoted key"."with.dot".'lit' = { a = 1, b = [ 2,
     3 ], "c d".e = "x" }
[outlet.fetch]
timeout = "60s"

[[outlet]]
id = """b\\"""" # four quotes
outlet.id = 2020-01-01 07:00:00
[[outlet.source]]
url = "#"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 2),
        (("defaults",), 4),
        (("defaults", "delay"), 5),
        (("outlet",), 7),
        (("outlet", 0), 7),
        (("outlet", 0, "rules", 0), 9),
        (("outlet", 0, "rules", 0, "strip"), 10),
        (("outlet", 0, "rules", 0, "strip", 1), 11),
        (("outlet", 0, "rules", 0, "strip", 2), 13),
        (("outlet", 0, "rules", 0, "strip", 3), 15),
        (("outlet", 0, "rules", 0, "body"), 16),
        (("outlet", 0, "rules", 1, "title"), 18),
        (("outlet", 0, "rules", 1, "quoted key", "with.dot", "lit", "a"), 22),
        (("outlet", 0, "rules", 1, "quoted key", "with.dot", "lit", "b", 1), 23),
        (("outlet", 0, "rules", 1, "quoted key", "with.dot", "lit", "c d", "e"), 23),
        (("outlet", 0, "fetch"), 24),
        (("outlet", 0, "fetch", "timeout"), 25),
        (("outlet", 1), 27),
        (("outlet", 1, "outlet", "id"), 29),
        (("outlet", 1, "source", 0, "url"), 31),
    ],
)
def test_the_line_of_a_path(path: Path, line: int) -> None:
    assert lines_in(TEXT)[path] == line


def test_every_path_of_the_document_has_a_line_and_no_other_has() -> None:
    assert set(lines_in(TEXT)) == {path for path, _ in paths_in(tomllib.loads(TEXT)) if path}


def test_windows_line_ends_count_once() -> None:
    assert lines_in("a = 1\r\nb = [\r\n2]\r\n") == {("a",): 1, ("b",): 2, ("b", 0): 3}


def paths_in(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths_in(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths_in(item, (*path, index))


# Documents are written with holes for their leaves, and each leaf is then the number of its line.
keys = st.sampled_from(["a", "b", "c-d", "1", "e f", "g.h", '"', "ü", "#", "[x]"])
blanks = st.sampled_from(["", " ", "\n", " # ] } = \n", "\n\n"])
leaves = st.sampled_from(["{line}", "'{line}'", '"{line}"', '"""{line}"""', "'''{line}'''"])


def quoted(key: str) -> str:
    text = json.dumps(key, ensure_ascii=False).replace("{", "{{").replace("}", "}}")
    return key if key.isascii() and key.replace("-", "").isalnum() else text


def array_of(items: list[tuple[str, str, str]]) -> str:
    return "[" + ",".join("".join(item) for item in items) + "]"


def inline_table_of(table: dict[str, str]) -> str:
    return "{{" + ", ".join(f"{quoted(key)} = {item}" for key, item in table.items()) + "}}"


def is_one_line(text: str) -> bool:
    return "\n" not in text


values = st.recursive(
    leaves,
    lambda children: (
        st.lists(st.tuples(blanks, children, blanks), max_size=3).map(array_of)
        | st.dictionaries(keys, children.filter(is_one_line), max_size=3).map(inline_table_of)
    ),
    max_leaves=6,
)
pairs = st.dictionaries(keys, values, max_size=4)
tables = st.tuples(st.sampled_from(["[t{number}]", "[[array]]", "[[array.'in ner']]"]), pairs)


@given(pairs, st.lists(st.tuples(blanks, tables), max_size=4))
def test_each_leaf_stands_on_the_line_it_names(
    first: dict[str, str], rest: list[tuple[str, tuple[str, dict[str, str]]]]
) -> None:
    template = written(first)
    for number, (blank, (header, table)) in enumerate(rest):
        name = header.replace("{number}", str(number))
        is_inner = "ner" in header and "[[array]]" not in template
        template += f"{blank}\n" + ("[[array]]\n" if is_inner else "") + f"{name}\n{written(table)}"
    text = "\n".join(
        line.replace("{line}", str(number)).replace("{{", "{").replace("}}", "}")
        for number, line in enumerate(template.split("\n"), start=1)
    )

    lines = lines_in(text)

    for path, value in paths_in(tomllib.loads(text)):
        if not isinstance(value, dict | list):
            assert lines[path] == int(value)  # type: ignore[call-overload]  # a leaf is a number or its text


def written(table: dict[str, str]) -> str:
    return "".join(f"{quoted(key)} = {item}\n" for key, item in table.items())

"""Edits of sources.toml by a program: what is asked for changes, and nothing else does."""

import stat
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from passes import command

from scraper.config import load_sources
from scraper.config.editing import Change, with_changes, with_entry, without_outlet
from scraper.config.entry import Entry, Section, entry_text
from scraper.config.saving import Draft, draft_of, save
from scraper.errors import ConfigError

FILE = Path("sources.toml")
TEXT = """\
# Mine.  Keep   the  spaces.

[defaults]
delay = "2s"          # slow enough

# The first one: ask Ada before you touch it.
[[outlet]]
id = "first"          # as on the disk
name = 'The "First"'
home = "https://first.example/"
tags = [ "one",       # this was Bo's idea
         "two" ]

[[outlet.source]]
type = "feed"
url = "https://first.example/rss"

  # indented, for a reason
  [outlet.fetch]
  timeout = "30s"

# The second one.

# This belongs to the second as well.
[[outlet]]
id = "second"
name = "Second"
home = "https://second.example/"
[[outlet.rules]]
strip = [
  ".a",  # why
  ".b",
]
# The end.
"""


def changed_lines(before: str, after: str) -> list[str]:
    """Return the lines that one text has and the other lacks."""
    old, new = before.splitlines(), after.splitlines()
    gone = [f"-{line}" for line in old if line not in new]
    return gone + [f"+{line}" for line in new if line not in old]


@pytest.mark.parametrize(
    ("outlet", "change", "lines"),
    [
        (
            "first", Change(path=("name",), value="Erstes"),
            ["-name = 'The \"First\"'", '+name = "Erstes"'],
        ),
        (
            "first", Change(path=("fetch", "timeout"), value="1m"),
            ['-  timeout = "30s"', '+  timeout = "1m"'],
        ),
        ("first", Change(path=("delay",), value="5s"), ['+delay = "5s"']),
        ("second", Change(path=("rules", 0, "strip"), value=[".a", ".b", ".c"]), ['+  ".c",']),
        ("second", Change(path=("rules", 0, "title"), value="h1"), ['+title = "h1"']),
        (
            "second", Change(path=("fetch", "verify_tls"), value=False),
            ["+[outlet.fetch]", "+verify_tls = false"],
        ),
        (
            "first", Change(path=("source", 1, "url"), value="https://first.example/2"),
            ['+url = "https://first.example/2"'],
        ),
        (
            "first", Change(path=("source", 0), value=None),
            ["-[[outlet.source]]", '-type = "feed"', '-url = "https://first.example/rss"'],
        ),
    ],
)  # fmt: skip
def test_an_edit_changes_the_lines_that_it_must_and_no_other(
    outlet: str, change: Change, lines: list[str]
) -> None:
    after = with_changes(TEXT, outlet, [change], FILE)

    assert changed_lines(TEXT, after) == lines


def test_comments_stay_where_they_are_when_a_key_is_added_before_them() -> None:
    after = with_changes(TEXT, "first", [Change(path=("alarm", "quiet_after"), value="3d")], FILE)

    at = after.index("[outlet.alarm]")
    assert after.index('timeout = "30s"') < at < after.index("# The second one.")
    assert tomllib.loads(after)["outlet"][0]["alarm"] == {"quiet_after": "3d"}


def test_an_outlet_goes_with_the_comments_that_touch_it_and_leaves_the_rest() -> None:
    without_first = without_outlet(TEXT, "first", FILE)
    without_second = without_outlet(TEXT, "second", FILE)

    assert "Ada" not in without_first
    assert "# The second one." in without_first
    assert without_first.startswith(TEXT[: TEXT.index("# The first one")])
    assert without_second == TEXT[: TEXT.index("\n# This belongs")]


def test_an_outlet_that_is_added_stands_at_the_end_and_can_be_taken_out_again() -> None:
    entry = entry_text(
        Entry(
            outlet=Section(
                values={"id": "third", "name": 'A "quoted" \\ name', "home": "https://c.example/"},
                notes=("Said:\r\n[[outlet]]\nid = 'forged'",),
            ),
            sources=(Section(values={"type": "feed", "url": "https://c.example/rss"}),),
        )
    )

    after = with_entry(TEXT, entry)

    assert after.startswith(TEXT)
    assert [one["id"] for one in tomllib.loads(after)["outlet"]] == ["first", "second", "third"]
    assert tomllib.loads(after)["outlet"][2]["name"] == 'A "quoted" \\ name'
    assert without_outlet(after, "third", FILE) == TEXT


def test_line_breaks_of_windows_stay_and_new_lines_have_them_too() -> None:
    text = TEXT.replace("\n", "\r\n")
    changes = [
        Change(path=("delay",), value="5s"),
        Change(path=("alarm", "rule_misses"), value=3),
        Change(path=("name",), value="New"),
    ]

    after = with_changes(text, "first", changes, FILE)
    without = without_outlet(with_entry(text, '[[outlet]]\nid = "x"\n'), "x", FILE)

    assert after.count("\n") == after.count("\r\n") == text.count("\n") + 4
    assert without == text


def test_a_separator_within_a_text_is_no_line_break() -> None:
    text = TEXT.replace("Keep   the  spaces.", "Keep\u2028the\x85spaces.")

    after = with_changes(text, "second", [Change(path=("delay",), value="5s")], FILE)

    assert after == text.replace('.example/"\n[[', '.example/"\ndelay = "5s"\n[[')


@pytest.mark.parametrize(
    "text",
    [
        'outlet = [{ id = "first", name = "N", home = "https://a.example/" }]\n',
        (
            '[[outlet]]\nid = "first"\nname = "N"\nhome = "https://a.example/"\n'
            '[defaults]\ndelay = "1s"\n[outlet.fetch]\ntimeout = "1s"\n'
        ),
    ],
)
def test_what_cannot_be_cut_out_safely_is_left_to_a_person(text: str) -> None:
    tomllib.loads(text)

    with pytest.raises(ConfigError, match="edit it by hand"):
        without_outlet(text, "first", FILE)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
VALUES = st.one_of(
    TEXTS,
    st.lists(TEXTS, max_size=4),
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
)
PATHS = st.sampled_from(
    [
        ("name",), ("tags",), ("new",), ("fetch", "timeout"), ("fetch", "x"), ("alarm", "notify"),
        ("source", 0, "url"), ("source", 0, "x"), ("source", 1, "url"), ("rules", 0, "body"),
    ]
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(path=PATHS, value=VALUES)
def test_whatever_is_set_is_read_back_and_all_else_is_as_it_was(
    path: tuple[str | int, ...], value: Any
) -> None:
    before = tomllib.loads(TEXT)

    after = with_changes(TEXT, "first", [Change(path=path, value=value)], FILE)

    document = tomllib.loads(after)
    assert document["outlet"][1] == before["outlet"][1]
    assert document["defaults"] == before["defaults"]
    table = document["outlet"][0]
    for part in path[:-1]:
        table = table.get(part, {}) if isinstance(part, str) else table[part]
    assert table.get(path[-1], []) == value
    comments = {line.strip() for line in TEXT.splitlines() if line.strip().startswith("#")}
    assert comments <= {line.strip() for line in after.splitlines()}


# --- saving --------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "sources.toml").write_text(TEXT)
    return tmp_path / "sources.toml"


def names_beside(file: Path) -> list[str]:
    return sorted(one.name for one in file.parent.iterdir())


def named(name: str) -> Callable[[str], str]:
    return lambda text: text.replace('"Second"', f'"{name}"')


def test_a_file_is_replaced_whole_with_its_mode_and_the_one_of_before_is_kept(file: Path) -> None:
    file.chmod(0o640)

    kept = save(draft_of(file, named("New")), file)

    assert (file.read_text(), kept and kept.read_text()) == (TEXT.replace("Second", "New", 1), TEXT)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert names_beside(file) == ["sources.toml", "sources.toml~"]


def test_a_link_is_followed_and_stays_one(tmp_path: Path, file: Path) -> None:
    link = tmp_path / "elsewhere" / "sources.toml"
    link.parent.mkdir()
    link.symlink_to("../sources.toml")

    save(draft_of(link, named("New")), link)

    assert link.is_symlink()
    assert '"New"' in file.read_text()


def test_an_edit_of_somebody_else_meanwhile_is_not_overwritten(file: Path) -> None:
    draft = draft_of(file, named("Mine"))
    file.write_text(TEXT + "# theirs\n")

    with pytest.raises(ConfigError, match="somebody changed it meanwhile"):
        save(draft, file)

    assert file.read_text() == TEXT + "# theirs\n"
    assert names_beside(file) == ["sources.toml"]


def test_what_would_be_wrong_is_not_written(file: Path) -> None:
    draft = draft_of(file, lambda text: text.replace('"2s"', '"soon"'))

    with pytest.raises(ConfigError, match="no duration") as caught:
        save(draft, file)

    assert (caught.value.line, file.read_text()) == (4, TEXT)


def test_a_byte_order_mark_stays(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + TEXT.encode())

    save(draft_of(file, named("New")), file)

    assert file.read_bytes() == b"\xef\xbb\xbf" + TEXT.replace("Second", "New", 1).encode()


def test_a_new_file_of_sources_d_brings_its_folder(file: Path) -> None:
    part = file.parent / "sources.d" / "new.toml"
    entry = '[[outlet]]\nid = "new"\nname = "N"\nhome = "https://n.example/"\n'

    save(Draft(part, None, entry), file)

    assert [one.id for one in load_sources(file).outlets] == ["first", "second", "new"]


# --- the commands --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "path", "value"),
    [
        ("delay=5s", ("delay",), "5s"),
        ("tags=a, b", ("tags",), ["a", "b"]),
        ("tags+=three", ("tags",), ["one", "two", "three"]),
        ("source.1.max_new=20", ("source", 0, "max_new"), 20),
        ("fetch.verify_tls=false", ("fetch", "verify_tls"), False),
        ("fetch.headers.X-Desk=yes", ("fetch", "headers"), {"X-Desk": "yes"}),
        ("rules.1.valid_from=2024-02-29", ("rules", 0, "valid_from"), None),
        ("rules.1.strip=.a, .b", ("rules", 0, "strip"), [".a, .b"]),
        ('rules.1.strip=[".a", ".b"]', ("rules", 0, "strip"), [".a", ".b"]),
        ("alarm.length_drop=0.25", ("alarm", "length_drop"), 0.25),
        ("name=a = b", ("name",), "a = b"),
    ],
)
def test_values_of_the_command_line_have_the_types_of_their_keys(
    file: Path, said: str, path: tuple[str | int, ...], value: object
) -> None:
    done = command("outlets", "edit", "first", said, cwd=file.parent)

    table: Any = tomllib.loads(file.read_text())["outlet"][0]
    for part in path:
        table = table[part]
    assert (done.returncode, done.stderr.startswith("written to sources.toml")) == (0, True)
    assert str(table) == "2024-02-29" if value is None else table == value


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("nmae=x", "there is no key 'nmae'; did you mean 'name'?"),
        ("name", "write it like name=value"),
        ("id=other", "names the outlet's folders"),
        ("fetch=x", "name a key of it"),
        ("source.3.url=https://x.example/", "from 1 to 2"),
        ("source.first.url=x", "from 1 to 2"),
        ("fetch.max_bytes=many", "'many' is not written as it must be"),
        ("delay=5", "'5' is no duration"),
        ("home=", "this key is required"),
        ("rules.1.body=article[", "no CSS selector"),
        ("name+=x", "only a list can be added to"),
    ],
)
def test_an_edit_that_would_be_wrong_is_refused_and_nothing_is_written(
    file: Path, said: str, words: str
) -> None:
    done = command("outlets", "edit", "first", said, cwd=file.parent)

    assert (done.returncode, words in done.stderr) == (2, True), done.stderr
    assert (done.stdout, file.read_text()) == ("", TEXT)


def test_a_dry_run_shows_the_edit_and_writes_nothing(file: Path) -> None:
    done = command("outlets", "edit", "first", "delay=9s", "--dry-run", cwd=file.parent)

    assert (done.returncode, '+delay = "9s"' in done.stdout) == (0, True)
    assert file.read_text() == TEXT


def test_an_outlet_is_removed_and_its_archive_is_said_to_stay(file: Path) -> None:
    unasked = command("outlets", "remove", "second", cwd=file.parent)
    done = command("outlets", "remove", "second", "--yes", cwd=file.parent)

    assert (unasked.returncode, "--yes" in unasked.stderr) == (2, True)
    assert (done.returncode, "the archive stays as it is" in done.stdout) == (0, True)
    assert [one.id for one in load_sources(file).outlets] == ["first"]


def test_show_prints_an_outlet_as_it_is_written_and_where(file: Path) -> None:
    done = command("outlets", "show", "first", cwd=file.parent)

    start, end = TEXT.index("# The first one"), TEXT.index("\n\n# The second one.")
    assert done.stdout == "# sources.toml:7\n" + TEXT[start:end] + "\n"

"""An edit that breaks sources.toml is refused: by every command, with file, line and remedy; the
daemon goes on with the outlets of before."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from passes import command, settings_of

from scraper.cli.main import COMMANDS, cli
from scraper.config import load_sources
from scraper.config.files import stamp_of
from scraper.daemon import Daemon, Reload
from scraper.errors import ConfigError
from scraper.line import Line

GOOD = """\
[defaults]
contact = "desk@example.org"

[[outlet]]
id = "times"
name = "The Times"
home = "https://times.example/"

[[outlet.source]]
type = "feed"
url = "https://times.example/rss"
deny = ["*/video/*"]

[outlet.fetch]
timeout = "30s"
max_bytes = 1000
allow_private = ["10.0.0.0/8"]

[[outlet.rules]]
valid_from = 2020-01-01
valid_until = 2021-01-01
body = ["article"]
strip_text = ["^Read more"]
"""
# kind -> what is edited, into what, on which line the error is, and a word of its remedy
KINDS = {
    "key misspelt": ("type =", "tpye =", 10, "did you mean 'type'?"),
    "unknown key": ('name = "The', 'colour = "red"\nname = "The', 6, "nearest known key"),
    "unknown table": ("[outlet.fetch]", "[outlet.fetsch]", 14, "did you mean 'fetch'?"),
    "table misspelt at the top": ("[defaults]", "[default]", 1, "did you mean 'defaults'?"),
    "key in a wrong table": ('timeout = "30s"', 'every = "1h"', 15, "it belongs in"),
    "one table for an array": ("[[outlet.rules]]", "[outlet.rules]", 19, "[[outlet.rules]]"),
    "bad CSS selector": ('["article"]', '["article["]', 22, "no CSS selector"),
    "bad XPath": ('["article"]', '["//article["]', 22, "no XPath"),
    "XPath that selects nothing": ('["article"]', '["(1 + 1)"]', 22, "selects no nodes"),
    "bad regular expression": ("^Read more", "^Read (more", 23, "no regular expression"),
    "empty selector": ('["article"]', '[""]', 22, "it is empty"),
    "id used twice": (
        "[[outlet.source]]",
        '[[outlet]]\nid = "times"\nname = "B"\nhome = "https://b.example/"\n[[outlet.source]]',
        10, "rename one of them",
    ),
    "id with capitals": ('id = "times"', 'id = "Times"', 5, 'like "moscow-times"'),
    "wrong type": ('name = "The Times"', "name = 7", 6, "a text in quotes"),
    "number as text": ("max_bytes = 1000", 'max_bytes = "1000"', 16, "a whole number"),
    "negative number": ("max_bytes = 1000", "max_bytes = -1", 16, "greater than or equal to 1"),
    "text for a list": ('["*/video/*"]', '"*/video/*"', 12, "a list in brackets"),
    "duration without a unit": ('"30s"', "30", 15, '"30s"'),
    "bad duration": ('"30s"', '"half a minute"', 15, '"15m"'),
    "bad cron": ('contact = ', 'every = "0 25 * * *"\ncontact = ', 2, "hour of a cron"),
    "bad URL": ("https://times.example/rss", "times.example/rss", 11, "http"),
    "bad URL of a home": ("https://times.example/\"", 'ftp://times.example/"', 7, "http"),
    "password in a URL": ("https://times.example/rss", "https://a:b@times.example/", 11, "cookie"),
    "bad URL pattern": ("*/video/*", "/video/", 12, "begin it with *"),
    "unknown source type": ('"feed"', '"fed"', 10, "'feed', 'sitemap'"),
    "date in quotes": ("= 2020-01-01", '= "2020-01-01"', 20, "a date without quotes"),
    "no such date": ("= 2020-01-01", "= 2020-02-30", 20, "TOML"),
    "rule that ends before it starts": ("2021-01-01", "2019-01-01", 21, "before valid_from"),
    "bad address range": ("10.0.0.0/8", "10.0.0.1/8", 17, "10.0.0.0/8"),
    "contact that reaches nobody": ("desk@example.org", "the desk", 2, "e-mail address"),
    "required key missing": ('home = "https://times.example/"\n', "", 4, "this key is required"),
    "source without a URL": ('url = "https://times.example/rss"\n', "", 9, "this key is required"),
    "same source twice": (
        "[outlet.fetch]",
        '[[outlet.source]]\ntype = "feed"\nurl = "https://times.example/rss"\n[outlet.fetch]',
        16, "remove one of them",
    ),
    "quotation mark left open": ('"The Times"', '"The Times', 6, "TOML"),
    "bracket left open": ('["article"]', '["article"', 23, "TOML"),
    "key given twice": ('id = "times"', 'id = "times"\nid = "sun"', 6, "TOML"),
    "table given twice": ("[outlet.fetch]", "[outlet.fetch]\n[outlet.fetch]", 15, "TOML"),
    "merge conflict": ("[outlet.fetch]", "<<<<<<< HEAD\n[outlet.fetch]", 14, "TOML"),
}  # fmt: skip
BYTES = {
    "emptied by a failed save": (b"", 1, "bring back"),
    "saved as Latin-1": (GOOD.replace("The Times", "Le Soir \u00e9").encode("latin-1"), 6, "UTF-8"),
    "saved as UTF-16": (GOOD.encode("utf-16"), 1, "UTF-8"),
    "cut off": (GOOD[: GOOD.index('"*/video')].encode(), 12, "TOML"),
    "NUL bytes": (GOOD.replace("30s", "3\0s").encode(), 15, "TOML"),
}


def broken(kind: str) -> bytes:
    if kind in BYTES:
        return BYTES[kind][0]
    old, new, _, _ = KINDS[kind]
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new).encode()


def expected(kind: str) -> tuple[int, str]:
    """Return the line of an error, and a word of its remedy."""
    line, word = BYTES[kind][1:] if kind in BYTES else KINDS[kind][2:]
    return line, word


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "sources.toml").write_text(GOOD)
    return tmp_path / "sources.toml"


def test_the_file_that_is_broken_below_is_right_before(file: Path) -> None:
    assert load_sources(file).problems == ()
    assert len(KINDS) + len(BYTES) >= 20


@pytest.mark.parametrize("kind", [*KINDS, *BYTES])
def test_a_broken_file_is_told_with_line_and_remedy(file: Path, kind: str) -> None:
    file.write_bytes(broken(kind))

    done = command("outlets", "list", cwd=file.parent)

    line, word = expected(kind)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"sources.toml:{line}: ")
    assert word in done.stderr
    assert len(done.stderr.splitlines()) == 1, "one slip, one line"


# --- every command that reads it ------------------------------------------------------------------

# What a command needs beside its required arguments to get as far as the file.
WANTS = {
    "fetch": ("--all",),
    "backfill": ("times", "--since", "2026-01-01"),
    "outlets add": ("https://new.example/", "--dry-run"),
    "outlets edit": ("times", "name=New"),
    "outlets import": ("list.opml", "--dry-run"),
    "outlets remove": ("times", "--yes"),
}
SLIPS = ("key misspelt", "bad CSS selector", "quotation mark left open", "saved as UTF-16")


def readers() -> Iterator[str]:
    """Yield the name of each command that takes --sources."""
    context = click.Context(cli)
    for name in COMMANDS:
        found = cli.get_command(context, name)
        assert found is not None
        inner = found.commands.items() if isinstance(found, click.Group) else ()
        yield from (f"{name} {one}" for one, each in inner if _reads(each))
        if not inner and _reads(found):
            yield name


def _reads(found: click.Command) -> bool:
    return any(parameter.name == "sources_file" for parameter in found.params)


def call_of(name: str) -> tuple[str, ...]:
    """Return a command line that would be right if the file were."""
    if name in WANTS:
        return (*name.split(), *WANTS[name])
    found: click.Command | None = cli
    for word in name.split():
        assert isinstance(found, click.Group)
        found = found.get_command(click.Context(found), word)
    assert found is not None
    needed = [one for one in found.params if isinstance(one, click.Argument) and one.required]
    return (*name.split(), *(_argument(one) for one in needed))


def _argument(wanted: click.Argument) -> str:
    if isinstance(wanted.type, click.types.IntParamType):
        return "1"
    is_file = isinstance(wanted.type, click.Path) and wanted.type.exists
    return "here" if is_file else "times"


@pytest.mark.parametrize(
    "kinds", [SLIPS, pytest.param((*KINDS, *BYTES), marks=pytest.mark.slow)], ids=["some", "all"]
)
@pytest.mark.parametrize("name", list(readers()))
def test_promise_28_every_command_that_reads_the_file_refuses_a_broken_one(
    file: Path, name: str, kinds: tuple[str, ...]
) -> None:
    (file.parent / "here").touch()
    (file.parent / "list.opml").write_text("<opml version='2.0'><body/></opml>")
    for kind in kinds:
        file.write_bytes(broken(kind))

        done = command(*call_of(name), cwd=file.parent)

        line, word = expected(kind)
        assert f"sources.toml:{line}: " in done.stderr, f"{name}, {kind}: {done.stderr}"
        assert word in done.stderr
        assert done.returncode == 2
        assert file.read_bytes() == broken(kind)


# --- the daemon ----------------------------------------------------------------------------------


def test_promise_28_a_daemon_goes_on_with_the_outlets_of_before_and_says_what_is_wrong(
    tmp_path: Path, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "archive").mkdir()
    settings = settings_of(tmp_path / "archive", *load_sources(file).outlets)
    seen: list[tuple[str, list[str], str]] = []

    def edited(daemon: Daemon, wire: bytes) -> str:
        caplog.clear()
        file.write_bytes(wire + b" " * len(seen))  # another size, whatever the clock says
        daemon._reload_if_changed()  # noqa: SLF001  a step of `look`, which asks hosts as well
        return caplog.text

    async def edit_by_edit() -> None:
        async with Line(settings) as line:
            daemon = Daemon(line, Reload(file, load_sources))
            for kind in (*KINDS, *BYTES):
                said = edited(daemon, broken(kind))
                seen.append((kind, [one.id for one in line.outlets()], said))
                assert "sources taken up" in edited(daemon, GOOD.encode())

    with caplog.at_level(logging.INFO, "scraper.daemon"):
        asyncio.run(edit_by_edit())

    for kind, outlets, said in seen:
        assert outlets == ["times"], kind
        assert "edit not taken up, the outlets are those of before" in said, kind
        assert f"sources.toml:{expected(kind)[0]}: " in said


# --- files beside it -----------------------------------------------------------------------------


def test_a_daemon_watches_the_files_of_sources_d_as_well(file: Path) -> None:
    stamps = [stamp_of(file)]
    part = file.parent / "sources.d" / "one.toml"
    part.parent.mkdir()
    for change in ("", "# a comment\n", "# another comment\n"):
        part.write_text(change)
        stamps.append(stamp_of(file))
    part.unlink()

    assert len(set(stamps)) == 4
    assert stamp_of(file) == stamps[0]


def test_an_id_in_two_files_is_told_with_both_places(file: Path) -> None:
    part = file.parent / "sources.d" / "one.toml"
    part.parent.mkdir()
    part.write_text('[[outlet]]\nid = "times"\nname = "T"\nhome = "https://t.example/"\n')

    with pytest.raises(ConfigError) as caught:
        load_sources(file)

    assert (caught.value.file, caught.value.line) == (part, 2)
    assert f"{file}:5" in caught.value.problem


def test_outlets_of_all_files_are_read_in_the_order_of_names(file: Path) -> None:
    folder = file.parent / "sources.d"
    folder.mkdir()
    for name in ("b.toml", "a.toml", "old.toml~", ".hidden.toml", "notes.txt"):
        text = f'[[outlet]]\nid = "{name[0]}"\nname = "N"\nhome = "https://{name[0]}.example/"\n'
        (folder / name).write_text(text if name in {"a.toml", "b.toml"} else "?!")

    sources = load_sources(file)

    assert [outlet.id for outlet in sources.outlets] == ["times", "a", "b"]
    assert sources.files == (file, folder / "a.toml", folder / "b.toml")
    assert sources.outlets[1].delay == sources.defaults.delay


def test_defaults_belong_in_sources_toml_alone(file: Path) -> None:
    folder = file.parent / "sources.d"
    folder.mkdir()
    (folder / "a.toml").write_text('\n[defaults]\ndelay = "0s"\n')

    with pytest.raises(ConfigError, match="it belongs in") as caught:
        load_sources(file)

    assert (caught.value.file, caught.value.line) == (folder / "a.toml", 2)

"""OPML in and out: feeds of one site become one outlet, and what is there is not added twice."""

from pathlib import Path

import pytest
from passes import command

from scraper.config import load_sources
from scraper.config.opml import Feed, feeds_in_opml
from scraper.errors import ConfigError

MINE = """\
# Mine.
[[outlet]]
id = "times"
name = "The Times"
home = "https://www.times.example/"   # by Ada

[[outlet.source]]
type = "feed"
url = "https://www.times.example/rss"

[outlet.fetch]
timeout = "30s"
"""
READER = """\
<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0"><head><title>Subscriptions</title></head><body>
<outline text="Europe">
  <outline type="rss" text="Times" xmlUrl="https://www.times.example/rss" htmlUrl="https://times.example/"/>
  <outline type="rss" text="Times: World" xmlUrl="https://m.times.example/world.rss"/>
  <outline type="rss" text="Le Soir &amp; fils" xmlUrl="https://feeds.example/soir" htmlUrl="https://soir.example/une" language="fr"/>
  <outline type="rss" title="Sport" xmlUrl="https://soir.example/sport.xml"/>
</outline>
<outline text="Le Soir" xmlUrl="https://feeds.example/soir"/>
<outline text="A link" type="link" url="https://nothing.example/"/>
<outline text="Odd" xmlUrl="feed://odd.example/rss"/>
<outline text="Plain" xmlUrl="http://plain.example/feed.xml"/>
</body></opml>
"""  # noqa: E501  as feed readers write it


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "sources.toml").write_text(MINE)
    (tmp_path / "reader.opml").write_text(READER)
    return tmp_path / "sources.toml"


def test_feeds_are_found_with_their_folders_and_what_is_unusable_is_said() -> None:
    feeds, problems = feeds_in_opml(READER.encode(), "reader.opml")

    assert feeds[2] == Feed(
        url="https://feeds.example/soir", title="Le Soir & fils", home="https://soir.example/une",
        language="fr", folders=("Europe",),
    )  # fmt: skip
    assert [feed.site for feed in feeds] == [
        "times.example", "times.example", "soir.example", "soir.example", "feeds.example",
        "plain.example",
    ]  # fmt: skip
    assert len(problems) == 1
    assert "feed://odd.example/rss" in problems[0]


def test_an_import_adds_what_is_new_where_it_belongs(file: Path) -> None:
    done = command("outlets", "import", "reader.opml", "--yes", cwd=file.parent)

    sources = load_sources(file)
    found = {one.id: [source.url for source in one.sources] for one in sources.outlets}
    assert found == {
        "times": ["https://www.times.example/rss", "https://m.times.example/world.rss"],
        "le-soir-fils": ["https://feeds.example/soir", "https://soir.example/sport.xml"],
        "plain": ["http://plain.example/feed.xml"],
    }
    assert [one.home for one in sources.outlets[1:]] == [
        "https://soir.example/une", "http://plain.example/",
    ]  # fmt: skip
    assert sources.outlets[1].language == "fr"
    assert sources.outlets[1].tags == ("Europe",)
    assert 'home = "https://www.times.example/"   # by Ada' in file.read_text()
    assert done.stderr.count("skipped, it is there already") == 2
    assert done.returncode == 1, "the feed:// address could not be taken"


def test_a_second_import_adds_nothing(file: Path) -> None:
    command("outlets", "import", "reader.opml", "--yes", cwd=file.parent)
    before = file.read_text()

    done = command("outlets", "import", "reader.opml", "--yes", cwd=file.parent)

    assert "nothing new among its 6 feeds; nothing was written" in done.stderr
    assert file.read_text() == before


def test_new_outlets_may_go_into_a_file_of_sources_d(file: Path) -> None:
    part = file.parent / "sources.d" / "imported.toml"
    options = ("--into", "sources.d/imported.toml", "--yes")

    command("outlets", "import", "reader.opml", *options, cwd=file.parent)

    assert [one.id for one in load_sources(file).outlets] == ["times", "le-soir-fils", "plain"]
    assert "le-soir-fils" in part.read_text()
    assert "world.rss" in file.read_text()


def test_a_file_that_nobody_would_read_is_refused(file: Path) -> None:
    options = ("--into", "imported.toml", "--yes")

    done = command("outlets", "import", "reader.opml", *options, cwd=file.parent)

    assert (done.returncode, "name a file like sources.d/europe.toml" in done.stderr) == (2, True)


def test_a_dry_run_and_nobody_at_the_terminal_write_nothing(file: Path) -> None:
    dry = command("outlets", "import", "reader.opml", "--dry-run", cwd=file.parent)
    unasked = command("outlets", "import", "reader.opml", cwd=file.parent)

    assert (dry.returncode, 'id = "plain"' in dry.stdout) == (0, True)
    assert (unasked.returncode, "--yes" in unasked.stderr) == (2, True)
    assert file.read_text() == MINE


def test_what_is_exported_is_imported_as_it_was(file: Path, tmp_path: Path) -> None:
    command("outlets", "import", "reader.opml", "--yes", cwd=file.parent)
    first = load_sources(file).outlets
    exported = command("outlets", "export", "ours.opml", cwd=file.parent)
    other = tmp_path / "other"
    other.mkdir()
    (other / "sources.toml").write_text("# a new one\n")

    command("outlets", "import", "../ours.opml", "--yes", cwd=other)

    second = load_sources(other / "sources.toml").outlets
    assert exported.returncode == 0
    assert [(one.id, one.name, one.home, one.sources) for one in second] == [
        (one.id, one.name, one.home, one.sources) for one in first
    ]


def test_an_export_says_what_opml_has_no_place_for(file: Path) -> None:
    file.write_text(MINE + '[[outlet.source]]\ntype = "sitemap"\nurl = "https://t.example/map"\n')

    done = command("outlets", "export", "ours.opml", cwd=file.parent)

    text = (file.parent / "ours.opml").read_text()
    assert 'xmlUrl="https://www.times.example/rss"' in text
    assert "1 sitemaps and sections are not in it" in done.stderr


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\x00\x01", b"<rss><channel/></rss>", b"not XML at all",
        b'<!DOCTYPE opml [<!ENTITY e SYSTEM "file:///etc/passwd">]><html>&e;</html>',
    ],
)  # fmt: skip
def test_what_is_no_opml_is_refused(body: bytes) -> None:
    with pytest.raises(ConfigError, match="this is no OPML"):
        feeds_in_opml(body, "list.opml")


def test_entities_of_a_doctype_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    body = (
        f'<!DOCTYPE opml [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'
        '<opml><body><outline text="&e;" xmlUrl="https://a.example/rss"/></body></opml>'
    )

    feeds, _ = feeds_in_opml(body.encode(), "list.opml")

    assert all("secret" not in str(feed) for feed in feeds)

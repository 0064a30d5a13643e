"""`scraper outlets add`: an outlet that sources.toml does not know becomes an entry that serves."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from scraper.cli.outlets.adding import Request, add_outlet
from scraper.config import load_sources
from scraper.crawl import Filed, run_pass
from scraper.demo.newsstand import Newsstand
from scraper.line import Line, Settings

NEWSSTAND = Path(__file__).parent / "newsstand"
LOOPBACK = ("127.0.0.0/8",)
MINE = '# The file of a person.\n\n[defaults]\ndelay = "0s"   # it is my own machine\n'

STARTS = {
    "veldhaven-courier": "http://www.veldhaven-courier.example/",
    "saltmarsh-notebook": "http://saltmarsh-notebook.weblogs.example",
    "karvela-world": "http://www.karvela-world.example/latest",
    "ustrov-wire": "http://ustrov-wire.example/census-finds-eleven-villages-with-no-inhabitants-but-one",
    "yalvara-english": "http://www.yalvara-english.example/tr/orhul-cayi-tasti-iki-mahalle-bosaltildi-haber-7219",
}  # fmt: skip


def settings_for(file: Path, newsstand: Newsstand) -> Settings:
    archive = file.parent / "archive"
    return Settings(
        archive=archive,
        catalog=archive / "catalog.db",
        sources=load_sources(file),
        allow_private=LOOPBACK,
        resolver=newsstand.addresses_of,
        workers=1,
    )


def captured(settings: Settings) -> list[Filed]:
    """Return what a pass over all outlets of sources.toml files."""

    async def run() -> list[Filed]:
        async with Line(settings) as line, aclosing(run_pass(line, line.outlets())) as results:
            return [result async for result in results if isinstance(result, Filed)]

    return asyncio.run(run())


@pytest.mark.parametrize(
    "outlet_id",
    [
        "veldhaven-courier",
        "ustrov-wire",
        pytest.param("saltmarsh-notebook", marks=pytest.mark.slow),
        pytest.param("karvela-world", marks=pytest.mark.slow),
        pytest.param("yalvara-english", marks=pytest.mark.slow),  # it asks for a second's pause
    ],
)
def test_an_unknown_outlet_is_added_by_one_command_and_all_its_articles_are_captured_exactly(
    tmp_path: Path, outlet_id: str
) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(MINE)

    with Newsstand() as newsstand:
        settings = settings_for(file, newsstand)
        request = Request(url=STARTS[outlet_id], file=file, into=file, agreed=True)
        code = add_outlet(settings, request)
        asked = len(newsstand.ledger)
        filed = captured(replace(settings, sources=load_sources(file)))

    expected = {text.read_bytes() for text in (NEWSSTAND / outlet_id).glob("*.txt")}
    expected.discard((NEWSSTAND / outlet_id / "robots.txt").read_bytes())
    texts = {path.read_bytes() for path in tmp_path.glob(f"archive/text/{outlet_id}/*/*.txt")}
    assert (code, file.read_text().startswith(MINE)) == (0, True)
    assert texts == expected
    assert all(one.is_done for one in filed)
    assert asked <= 30

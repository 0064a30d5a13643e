"""The options that every command takes, and what they resolve to.

It opens nothing but sources.toml.
"""

import ipaddress
import os
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from scraper.config import Sources
    from scraper.store.catalog import Catalog

F = TypeVar("F", bound=Callable[..., object])

DEFAULT_SOURCES = Path("sources.toml")
DEFAULT_ARCHIVE = Path("archive")

sources_option = click.option(
    "--sources",
    "sources_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The outlets' file.  [default: $SCRAPER_SOURCES, else sources.toml]",
)
archive_option = click.option(
    "--archive",
    "archive_dir",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The archive.  [default: $SCRAPER_ARCHIVE, else as sources.toml says, else archive]",
)


def _ranges(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    for value in values:
        try:
            ipaddress.ip_network(value)
        except ValueError as exc:
            problem = f"{value!r} is no address range such as 127.0.0.0/8: {exc}"
            raise click.BadParameter(problem) from exc
    return values


private_option = click.option(
    "--allow-private",
    multiple=True,
    metavar="CIDR",
    callback=_ranges,
    help="Allow addresses of your own network, e.g. 127.0.0.0/8; elsewhere only public ones.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


def with_places(command: F) -> F:
    """Give a command `--sources FILE` and `--archive DIR`."""
    return sources_option(archive_option(command))


def sources_from(file: Path | None) -> "Sources":
    """Return the outlets of the file that was named, else of the default one, else none at all.

    A file in which anything is wrong is refused: what a command left out for it would be missed.

    Raises:
        ConfigError: a file was named and is not there, or what it says is wrong.
    """
    from scraper.config import empty_sources, load_sources
    from scraper.config.messages import raise_all

    named = file or _path_in("SCRAPER_SOURCES")
    if named is None and not DEFAULT_SOURCES.exists():
        return empty_sources()
    sources = load_sources(named or DEFAULT_SOURCES)
    raise_all(sources.problems)
    return sources


def sources_file_from(file: Path | None) -> Path:
    """Return the outlets' file that was named, else the default one; it need not exist."""
    return file or _path_in("SCRAPER_SOURCES") or DEFAULT_SOURCES


def archive_from(directory: Path | None, sources: "Sources") -> Path:
    """Return the archive's folder; it need not exist yet."""
    configured = sources.defaults.archive
    return (
        directory
        or _path_in("SCRAPER_ARCHIVE")
        or (Path(configured) if configured else DEFAULT_ARCHIVE)
    )


def catalog_from(archive: Path, sources: "Sources") -> str | Path:
    """Return where the catalog is: as configured (a path or a URL), else in the archive."""
    return sources.defaults.catalog or archive / "catalog.db"


def _path_in(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None


def open_catalog(archive: Path, sources: "Sources") -> "Catalog":
    """Open the catalog of an archive that is there.

    Raises:
        CatalogError: there is none, or it cannot be read.
    """
    from scraper.store.catalog import Catalog

    return Catalog.open(catalog_from(archive, sources), create=False)


def no_outlet(
    outlet_id: str, known: Iterable[str], *, file: Path | str = "sources.toml"
) -> click.UsageError:
    """Return the error that an outlet is not there, with the ids that it may have been meant as."""
    near = get_close_matches(outlet_id, list(known))
    meant = (
        f"did you mean {' or '.join(map(repr, near))}?" if near else "see `scraper outlets list`"
    )
    return click.UsageError(f"no outlet {outlet_id!r} in {file}; {meant}")

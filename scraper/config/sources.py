"""What sources.toml says, as values, and which outlet and rule a URL belongs to.

It reads no file and no clock.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from scraper.errors import ConfigError
from scraper.model import Outlet, Rule
from scraper.urls import host_of, is_matching, normal_url, site_of

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds for every outlet that says nothing else, and where things are kept and shown."""

    contact: str | None = None
    delay: timedelta = timedelta(seconds=2)
    every: timedelta | str = timedelta(minutes=15)
    every_min: timedelta = timedelta(minutes=10)
    every_max: timedelta = timedelta(days=1)
    dedup: str = "outlet"  # outlet | url | off
    archive: Path | None = None
    catalog: str | None = None
    store: str | None = None
    metrics: str | None = None
    keep_free: int = 500_000_000  # bytes
    timestamp: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """A whole sources.toml. An outlet with a broken rule is missing from `outlets`, and a problem
    says why."""

    file: Path | None = None
    files: tuple[Path, ...] = ()  # it, and those of sources.d beside it
    defaults: Defaults = Defaults()
    outlets: tuple[Outlet, ...] = ()
    problems: tuple[ConfigError, ...] = ()
    _by_site: Mapping[str, tuple[Outlet, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_site: dict[str, tuple[Outlet, ...]] = {}
        for outlet in self.outlets:
            site = site_of(host_of(outlet.home))
            by_site[site] = (*by_site.get(site, ()), outlet)
        object.__setattr__(self, "_by_site", by_site)

    def outlets_at(self, site: str) -> tuple[Outlet, ...]:
        """Return the outlets whose home is at a site (a host without www., m., amp.)."""
        return self._by_site.get(site, ())


def outlet_for(sources: Sources, url: str) -> Outlet | None:
    """Return the outlet that a URL belongs to by its host, port and path, or None.

    Twins (www., m., amp.) are one site, and a subdomain belongs to the closest home above it. A
    home that names a port wants that port. Among several outlets of one site the longest home path
    that begins the URL's path wins; where none does, an outlet is taken only if it stands alone.
    """
    try:
        url = normal_url(url)
    except ValueError:
        return None
    parts = urlsplit(url)
    for site in _sites_above(site_of(host_of(url))):
        near = [outlet for outlet in sources.outlets_at(site) if _takes_port(outlet, parts)]
        if near:
            return _closest(near, parts)
    return None


def rule_for(outlet: Outlet, url: str, on: date | None) -> Rule | None:
    """Return the newest rule whose period covers a day and whose `match` fits the URL, or None.

    Newest is the latest `valid_from`; no `valid_from` is oldest, and the last written wins a tie.
    Both ends of a period belong to it. Without a day (`on` is None) every period covers.
    """
    fitting = [
        rule
        for rule in outlet.rules
        if _covers(rule, on) and (rule.match is None or is_matching(url, rule.match))
    ]
    # A stable sort leaves the last written of the newest at the end.
    oldest_first = sorted(fitting, key=lambda rule: rule.valid_from or date.min)
    return oldest_first[-1] if oldest_first else None


def _covers(rule: Rule, on: date | None) -> bool:
    if on is None:
        return True
    return (rule.valid_from or date.min) <= on <= (rule.valid_until or date.max)


def _sites_above(site: str) -> Iterator[str]:
    """Yield a host and the domains above it, down to two labels; an address only as it is."""
    yield site
    if ":" in site or site.replace(".", "").isdigit():
        return
    while site.count(".") > 1:
        site = site.partition(".")[2]
        yield site


def _takes_port(outlet: Outlet, parts: SplitResult) -> bool:
    home = urlsplit(outlet.home)
    return home.port is None or home.port == (parts.port or _DEFAULT_PORTS[parts.scheme])


def _closest(near: list[Outlet], parts: SplitResult) -> Outlet | None:
    under = [outlet for outlet in near if _is_under(parts.path, urlsplit(outlet.home).path)]
    if not under:
        return near[0] if len(near) == 1 else None
    return max(under, key=lambda outlet: _nearness(urlsplit(outlet.home), parts))


def _nearness(home: SplitResult, parts: SplitResult) -> tuple[int, bool, bool]:
    return len(home.path.rstrip("/")), home.port is not None, _host(home) == _host(parts)


def _is_under(path: str, home_path: str) -> bool:
    folder = home_path.rstrip("/")
    return path == folder or path.startswith(folder + "/") or not folder


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").rstrip(".")

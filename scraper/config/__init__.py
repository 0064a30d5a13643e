"""sources.toml -> validated values, and which outlet and rule a URL belongs to.

It fetches nothing and changes no file.
"""

from scraper.config.json_schema import schema
from scraper.config.load import empty_sources, load_sources
from scraper.config.schedule import next_time
from scraper.config.sources import Defaults, Sources, outlet_for, rule_for

__all__ = [
    "Defaults",
    "Sources",
    "empty_sources",
    "load_sources",
    "next_time",
    "outlet_for",
    "rule_for",
    "schema",
]

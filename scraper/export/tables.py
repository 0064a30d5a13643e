"""Rows of articles as JSON Lines and as Parquet: one object or row per text, memory flat.

What the columns mean stands in `articles`; pyarrow is wanted for Parquet alone.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from typing import IO, TYPE_CHECKING

from scraper.errors import ConfigError
from scraper.export.articles import Version, columns

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_IN_GROUP = 1_000  # 5 MB of texts
# Line ends to Python and JavaScript, though not to JSON: a reader that splits lines would choke.
_LINE_ENDS = {ord(char): f"\\u{ord(char):04x}" for char in "\x85\u2028\u2029"}


def write_jsonl(versions: Iterable[Version], out: IO[bytes]) -> int:
    """Write one JSON object per text, in UTF-8; return how many."""
    count = 0
    for version in versions:
        line = json.dumps(version.row(), ensure_ascii=False, default=_plain)
        out.write(line.translate(_LINE_ENDS).encode("utf-8") + b"\n")
        count += 1
    return count


def write_parquet(versions: Iterable[Version], out: IO[bytes]) -> int:
    """Write a Parquet file with a row per text; return how many.

    Raises:
        ConfigError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as exc:
        problem = "Parquet needs pyarrow: pip install 'scraper[parquet]'; jsonl needs nothing"
        raise ConfigError(problem) from exc
    schema = pa.schema([(name, _arrow_type(kind)) for name, kind in columns().items()])
    rest, count = iter(versions), 0
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        while some := [version.row() for version in islice(rest, _ROWS_IN_GROUP)]:
            writer.write_table(pa.Table.from_pylist(some, schema=schema))
            count += len(some)
    return count


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    raise TypeError(f"a {type(value).__name__} has no place in a table")


def _arrow_type(kind: object) -> "pa.DataType":
    import pyarrow as pa

    types = {
        str: pa.string(),
        int: pa.int64(),
        float: pa.float64(),
        bool: pa.bool_(),
        datetime: pa.timestamp("us", tz="UTC"),
        tuple[str, ...]: pa.list_(pa.string()),
    }
    for plain, arrow in types.items():
        if kind in (plain, plain | None):
            return arrow
    raise TypeError(f"no column can hold a {kind}")

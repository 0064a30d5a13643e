"""Progress on standard error: a bar where a person watches, nothing where a machine does.

The results themselves are plain lines, so a log shows how far the work is without a bar.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scraper.cli.terminal import is_terminal


@contextmanager
def progress(total: int, what: str) -> Iterator[Callable[[], None]]:
    """Yield a function that says one of `total` pieces is done."""
    if total < 2 or not is_terminal():
        yield lambda: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    bar = Progress(
        "{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        # A pipe behind standard output gets the results, not the bar's redirection of them.
        redirect_stdout=sys.stdout.isatty(),
    )
    with bar:
        task = bar.add_task(escape(what), total=total)
        yield lambda: bar.advance(task)


@contextmanager
def measured(total: int, what: str) -> Iterator[Callable[[int], None]]:
    """Yield a function that says how many of `total` bytes are done with."""
    if not total or not is_terminal():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    bar = Progress(
        "{task.description}",
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=sys.stdout.isatty(),  # as in `progress`
    )
    with bar:
        task = bar.add_task(escape(what), total=total)
        yield lambda done: bar.advance(task, done)

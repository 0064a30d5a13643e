"""Whether something that shows on some stories is more than an outlet's own habit.

It knows nothing of pages: flags come in, newest first.
"""

from collections.abc import Sequence
from itertools import groupby
from math import ceil, log

# Chance of a run among stories that are independent; they are not, so a run must be more than twice
# as long as the longest before as well. Over a thousand stories of six habits: docs/drift.md.
_CHANCE = 1e-6
_HOPELESS = 0.8  # share of stories: what shows that often is no sign


def leading(flags: Sequence[bool]) -> int:
    """Return how many flags are up before the first that is not."""
    return next((at for at, flag in enumerate(flags) if not flag), len(flags))


def needed(past: Sequence[bool], least: int) -> int | None:
    """Return how long a run must be to leave the range of past flags; None where none would do."""
    up = sum(past)
    if not up:
        return least
    share = (up + 1) / (len(past) + 2)
    if share > _HOPELESS:
        return None
    longest = max(len(list(run)) for flag, run in groupby(past) if flag)
    return max(least, ceil(log(_CHANCE) / log(share)), 2 * longest + 1)


def run_beyond(flags: Sequence[bool], least: int, *, past: int = 0) -> int:
    """Return the length of the run of newest flags if it leaves the range of those before; else 0.

    `past` is how many flags there must be before it.
    """
    run = leading(flags)
    before = flags[run:]
    if run < least or len(before) < past:
        return 0
    need = needed(before, least)
    return run if need is not None and run >= need else 0

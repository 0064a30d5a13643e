"""Links that a one-off pass had taken and did not come to: given back when it ends, or is gone.

It takes none; a daemon, of which there is one at a time, looks after its own.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from scraper.store.schedule import Schedule


@contextmanager
def claims_of(owner: str, schedule: Schedule) -> Iterator[None]:
    """Give back what killed processes of this machine had taken, and at the end what is left."""
    for other in schedule.owners():
        if other != owner and is_gone(other):
            schedule.release(other)
    try:
        yield
    finally:
        schedule.release(owner)


def is_gone(owner: str) -> bool:
    """Say whether `host:pid` no longer runs; of other machines nobody can say."""
    host, _, number = owner.rpartition(":")
    if host != socket.gethostname() or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:  # it runs, and is somebody else's
        pass
    return False

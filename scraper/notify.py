"""Words to a maintainer through apprise: e-mail, chat, push, whatever a URL of `notify` says.

It decides nothing and keeps nothing, and never says an address in full: tokens stand in it.
"""

import hashlib
import logging
import os
import re
from collections.abc import Mapping

log = logging.getLogger(__name__)

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def checksum_of(address: str) -> str:
    """Return a name for an entry of `notify` by which it is known and not told."""
    return hashlib.sha256(address.encode("utf-8", "replace")).hexdigest()[:16]


def named(address: str) -> str:
    """Return what may be said of an address: its scheme."""
    return f"{address.partition(':')[0]}://..."


def send(
    address: str, title: str, body: str, environment: Mapping[str, str] | None = None
) -> str | None:
    """Say something to an address; return None, or why it could not be said.

    ``${NAME}`` in the address is taken from the environment, so that no secret stands in a file.
    It takes as long as the network takes; errors of apprise are answers, not exceptions.
    """
    known = os.environ if environment is None else environment
    missing = [name for name in _VARIABLE.findall(address) if name not in known]
    if missing:
        return f"{named(address)}: the environment has no {missing[0]}"
    try:
        import apprise  # 0.2 s, when there is something to be said
    except ImportError:
        return "apprise is not installed; pip install 'scraper[notify]'"
    url = _VARIABLE.sub(lambda found: known[found[1]], address)
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it would log what was answered
    speaker = apprise.Apprise()
    if not speaker.add(url):
        return f"{named(address)}: apprise knows no such address"
    try:
        is_sent = speaker.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
    except Exception as exc:  # noqa: BLE001 - plugins of many hands; a message may hold the URL
        return f"{named(address)}: {type(exc).__name__}"
    return None if is_sent else f"{named(address)}: not delivered"

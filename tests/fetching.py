"""What the tests of the fetch room share: a policy for loopback, and fetches without an event loop.

It holds no claims of its own.
"""

import asyncio
import ssl
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from typing import TypedDict, Unpack

import trustme

from scraper.fetch.client import Client
from scraper.fetch.guard import Resolver
from scraper.fetch.replay import Replay
from scraper.model import Capture, FetchPolicy

LOOPBACK = ("127.0.0.0/8",)
LOCAL = FetchPolicy(allow_private=LOOPBACK, timeout=timedelta(seconds=20))


class ClientOptions(TypedDict, total=False):
    """What a test may set of a client."""

    resolver: Resolver
    replay: Replay
    tls: ssl.SSLContext
    per_host: int


def new_client(**options: Unpack[ClientOptions]) -> Client:
    """Return a client that says it is a test and trusts the test authority; with one connection
    to a host, which is used again as soon as it may be."""
    options.setdefault("tls", client_tls())
    options.setdefault("per_host", 1)
    return Client(user_agent="scraper-tests/1", **options)


def fetch(url: str, policy: FetchPolicy = LOCAL, **options: Unpack[ClientOptions]) -> Capture:
    """Return the capture of one URL by a client of its own."""
    return fetch_each([url], policy, **options)[0]


def fetch_each(
    urls: Iterable[str], policy: FetchPolicy = LOCAL, **options: Unpack[ClientOptions]
) -> list[Capture]:
    """Return the captures of several URLs, one after the other, by one client."""

    async def run() -> list[Capture]:
        async with new_client(**options) as client:
            return [await client.fetch(url, policy) for url in urls]

    return asyncio.run(run())


@cache
def _authority() -> trustme.CA:
    return trustme.CA()


@cache
def server_tls() -> ssl.SSLContext:
    """Return the context of a server for 127.0.0.1 and paper.example."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    _authority().issue_cert("127.0.0.1", "paper.example").configure_cert(context)
    return context


@cache
def client_tls() -> ssl.SSLContext:
    """Return a context that trusts the test authority and no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _authority().configure_trust(context)
    return context

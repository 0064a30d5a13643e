"""The address gate: which addresses may be dialled, and what a host name resolves to.

It opens no connection. The gate looks at addresses alone: names, redirects and odd spellings of
addresses (``0x7f.1``, ``2130706433``) all come to it as what the resolver made of them.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from scraper.fetch.stopped import Stopped
from scraper.model import Outcome

Resolver = Callable[[str, int], Awaitable[Sequence[tuple[str, int]]]]
"""(host, port) -> the (IP address, port) pairs to dial, best first; empty where there is none."""

PORTS = frozenset({80, 443})
DNS_TIMEOUT_S = 10.0

# `ipaddress.is_global` calls several of these global (3.11: 224.0.0.1, 192.0.0.192, fec0::1,
# 2002:7f00:1::), and changes between versions: so the registries themselves, as of 2026.
# https://www.iana.org/assignments/iana-ipv4-special-registry
_CLOSED_V4 = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "shared by carriers",
    "127.0.0.0/8": "this machine",
    "168.63.129.16/32": "the metadata service of a cloud",  # a public address of Azure hosts
    "169.254.0.0/16": "link-local, where clouds keep their metadata service",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "reserved for protocols",  # 192.0.0.192: metadata service of Oracle's cloud
    "192.0.2.0/24": "for documentation",
    "192.88.99.0/24": "a 6to4 relay",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "for benchmarks",
    "198.51.100.0/24": "for documentation",
    "203.0.113.0/24": "for documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
}
# https://www.iana.org/assignments/iana-ipv6-special-registry: of 2000::/3, all but
_CLOSED_V6 = {
    "2001::/23": "reserved for protocols",  # Teredo, ORCHID, benchmarks
    "2001:db8::/32": "for documentation",
    "2002::/16": "6to4, which may lead to any IPv4 address",
    "3fff::/20": "for documentation",
}
_GLOBAL_V6 = IPv6Network("2000::/3")

Network = IPv4Network | IPv6Network
_CLOSED: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(cidr), reason) for cidr, reason in (_CLOSED_V4 | _CLOSED_V6).items()
)


def is_allowed(address: str, port: int, allow_private: Sequence[str] = ()) -> bool:
    """Say whether an address and port may be dialled; `allow_private` are CIDR ranges."""
    return refusal(address, port, allow_private) is None


def refusal(address: str, port: int, allow_private: Sequence[str] = ()) -> str | None:
    """Return why an address and port may not be dialled, or None where they may.

    Within `allow_private` every port is open; elsewhere only public addresses and `PORTS`.
    """
    ip = _unwrapped(ip_address(address))
    if any(ip in network for network in _networks(tuple(allow_private))):
        return None
    if closed := _closed_reason(ip):
        return f"{ip} is not a public address ({closed})"
    if port not in PORTS:
        return f"port {port} is not one of {', '.join(map(str, sorted(PORTS)))}"
    return None


def _closed_reason(ip: IPv4Address | IPv6Address) -> str | None:
    for network, reason in _CLOSED:
        if ip in network:
            return reason
    if isinstance(ip, IPv6Address) and ip not in _GLOBAL_V6:
        return "not global unicast"
    return None


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address inside ::ffff:0:0/96, which the kernel dials as IPv4."""
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    return ip


@lru_cache(maxsize=256)
def _networks(ranges: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(cidr, strict=False) for cidr in ranges)


class SystemResolver:
    """Asks the system, in a few threads of its own, since getaddrinfo cannot be cancelled.

    Close it when it is no longer needed; a question that hangs then is left to its thread.
    """

    def __init__(self, threads: int = 8) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="dns")

    async def __call__(self, host: str, port: int) -> Sequence[tuple[str, int]]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _addresses, host, port)

    def close(self) -> None:
        """Take no more questions."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _addresses(host: str, port: int) -> Sequence[tuple[str, int]]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((str(address[0]), port) for *_, address in answers))


async def checked_addresses(
    resolver: Resolver, host: str, port: int, allow_private: Sequence[str]
) -> Sequence[tuple[str, int]]:
    """Resolve a host once and return its addresses, all of which have passed the gate.

    Raises:
        Stopped: there is no address, or one of them may not be dialled.
    """
    try:
        async with asyncio.timeout(DNS_TIMEOUT_S) as deadline:
            answers = await resolver(host, port)
    except TimeoutError:
        if not deadline.expired():
            raise
        detail = f"no answer to where {host} is within {DNS_TIMEOUT_S:.0f} s"
        raise Stopped(Outcome.UNRESOLVED, detail) from None
    except (OSError, UnicodeError) as exc:  # UnicodeError: a label that DNS cannot carry
        reason = getattr(exc, "strerror", None) or "it is no host name"
        raise Stopped(Outcome.UNRESOLVED, f"{host} has no address: {reason}") from exc
    if not answers:
        raise Stopped(Outcome.UNRESOLVED, f"{host} has no address")
    for address, dialled in answers:
        if reason := refusal(address, dialled, allow_private):
            raise Stopped(Outcome.FORBIDDEN, f"{host} may not be fetched from: {reason}")
    return answers

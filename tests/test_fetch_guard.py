"""The address gate: which addresses pass, and that none is dialled which does not.

Security rule 2 (a gate at connect time) and reliability promise 25 (every hop through the gate).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

import pytest
from fetching import LOCAL, LOOPBACK, fetch, fetch_each, new_client
from hypothesis import given
from hypothesis import strategies as st
from ledger import LedgerServer, answer, serve

from scraper.fetch import guard
from scraper.fetch.guard import is_allowed, refusal
from scraper.model import Capture, FetchPolicy, Outcome

CLOSED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
OPEN = [
    "1.1.1.1",
    "93.184.216.34",
    "172.15.255.255",
    "172.32.0.1",
    "::ffff:1.1.1.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:830::200e",
]


@pytest.mark.parametrize("address", CLOSED)
def test_security_rule_2_a_closed_address_is_refused_with_a_reason(address: str) -> None:
    assert not is_allowed(address, 80)
    assert "is not a public address (" in (refusal(address, 443) or "")


@pytest.mark.parametrize("address", OPEN)
def test_security_rule_2_a_public_address_passes_on_the_ports_of_the_web_alone(
    address: str,
) -> None:
    assert is_allowed(address, 80)
    assert is_allowed(address, 443)
    for port in (0, 22, 25, 8080, 65535):
        assert refusal(address, port) == f"port {port} is not one of 80, 443"


@given(st.ip_addresses())
def test_security_rule_2_whatever_passes_is_global_and_unicast(
    address: IPv4Address | IPv6Address,
) -> None:
    inner = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    if is_allowed(str(address), 80):
        assert (inner or address).is_global
        assert not (inner or address).is_multicast


def test_security_rule_2_own_ranges_open_every_port_and_nothing_else() -> None:
    assert is_allowed("127.0.0.1", 8080, LOOPBACK)
    assert is_allowed("::ffff:127.0.0.1", 8080, LOOPBACK)
    assert is_allowed("fd00::5", 9, ["10.0.0.0/8", "fd00::/8"])
    assert not is_allowed("10.0.0.1", 80, LOOPBACK)
    assert not is_allowed("::1", 80, LOOPBACK)
    assert not is_allowed("1.1.1.1", 8080, LOOPBACK)


# --- the gate at work ----------------------------------------------------------------------------

Answering = Callable[[str, int], Awaitable[list[tuple[str, int]]]]
PUBLIC_ONLY = FetchPolicy(timeout=LOCAL.timeout)


def answering(*answers: list[str]) -> tuple[Answering, list[str]]:
    """Return a resolver that gives one answer after the other, and the list of what it heard."""
    heard: list[str] = []

    async def resolver(host: str, port: int) -> list[tuple[str, int]]:
        heard.append(host)
        addresses = answers[min(len(heard), len(answers)) - 1]
        return [(address, port) for address in addresses]

    return resolver, heard


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f.1", "017700000001", "127.1", "0", "localhost", "[::1]"],
)
def test_security_rule_2_no_spelling_of_this_machine_gets_through(host: str) -> None:
    capture = fetch(f"http://{host}/", PUBLIC_ONLY)

    assert capture.outcome is Outcome.FORBIDDEN
    assert "(this " in capture.detail or "not global unicast" in capture.detail
    assert capture.exchanges == ()


def test_security_rule_2_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    resolver, _ = answering(["93.184.216.34", "10.0.0.1"])

    capture = fetch("http://paper.example/", PUBLIC_ONLY, resolver=resolver)

    assert capture.outcome is Outcome.FORBIDDEN
    assert capture.detail == (
        "paper.example may not be fetched from: 10.0.0.1 is not a public address (private)"
    )


def test_security_rule_2_a_name_that_is_bound_anew_is_checked_anew_once_per_connection() -> None:
    # The first answer is an allowed address, the second one is not: as in DNS rebinding.
    async def resolver(host: str, _port: int) -> list[tuple[str, int]]:
        heard.append(host)
        return [("127.0.0.2" if len(heard) == 1 else "127.0.0.1", server.port)]

    heard: list[str] = []
    policy = replace(LOCAL, allow_private=("127.0.0.2/32",))
    with LedgerServer(lambda *_: answer(b"ok", "Connection: close"), address="127.0.0.2") as server:
        first, second = fetch_each(["http://paper.example/"] * 2, policy, resolver=resolver)

    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.FORBIDDEN)
    assert first.exchanges[0].peer == "127.0.0.2"
    assert heard == ["paper.example"] * 2
    assert len(server.requests) == 1


def test_security_rule_2_what_was_checked_is_what_is_dialled() -> None:
    asked: list[tuple[str, int]] = []

    async def resolver(host: str, port: int) -> list[tuple[str, int]]:
        asked.append((host, port))
        return [("127.0.0.1", server.port)]

    with serve({"/": answer(b"ok")}) as server:
        capture = fetch("http://paper.example/", resolver=resolver)

    assert capture.exchanges[0].peer == "127.0.0.1"
    assert asked == [("paper.example", 80)]
    assert b"\r\nHost: paper.example\r\n" in server.requests[0]


def test_security_rule_2_a_connection_of_a_lax_policy_does_not_serve_a_strict_one() -> None:
    async def run() -> list[Capture]:
        async with new_client() as client:
            return [await client.fetch(server.url(), policy) for policy in (LOCAL, PUBLIC_ONLY)]

    with serve({"/": answer(b"ok")}) as server:
        lax, strict = asyncio.run(run())

    assert (lax.outcome, strict.outcome) == (Outcome.OK, Outcome.FORBIDDEN)
    assert len(server.requests) == 1


def test_promise_25_a_redirect_to_a_private_address_is_recorded_and_not_followed() -> None:
    with serve({"/": answer(b"secret")}) as inside:
        location = f"Location: http://127.0.0.3:{inside.port}/"
        pages = {"/": answer(b"", location, status="302 Found")}
        policy = replace(LOCAL, allow_private=("127.0.0.1/32",))
        with serve(pages) as outside:
            capture = fetch(outside.url(), policy)

    assert capture.outcome is Outcome.FORBIDDEN
    assert [exchange.status for exchange in capture.exchanges] == [302]
    assert capture.page is None
    assert capture.detail.startswith(f"redirected to http://127.0.0.3:{inside.port}/: 127.0.0.3 ")
    assert inside.log == []


def test_the_next_address_is_tried_where_one_refuses() -> None:
    async def resolver(_host: str, _port: int) -> list[tuple[str, int]]:
        return [("127.0.0.9", server.port), ("127.0.0.1", server.port)]

    with serve({"/": answer(b"ok")}) as server:
        capture = fetch("http://paper.example/", resolver=resolver)

    assert capture.outcome is Outcome.OK
    assert capture.exchanges[0].peer == "127.0.0.1"


def test_a_refused_connection_names_host_address_and_port() -> None:
    with serve({}) as server:
        port = server.port

    capture = fetch(f"http://127.0.0.1:{port}/")

    assert (capture.outcome, capture.exchanges) == (Outcome.REFUSED, ())
    assert capture.detail == (
        f"no connection to 127.0.0.1 (127.0.0.1, port {port}): Connection refused"
    )


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 64 + ".example"])
def test_a_name_without_address_is_unresolved(host: str) -> None:
    capture = fetch(f"http://{host}/", PUBLIC_ONLY)

    assert (capture.outcome, capture.exchanges) == (Outcome.UNRESOLVED, ())
    assert capture.detail.startswith(f"{host} has no address: ")


def test_a_resolver_with_no_answer_is_unresolved() -> None:
    resolver, _ = answering([])

    capture = fetch("http://paper.example/", PUBLIC_ONLY, resolver=resolver)

    assert (capture.outcome, capture.detail) == (
        Outcome.UNRESOLVED,
        "paper.example has no address",
    )


def test_security_rule_4_a_resolver_that_hangs_is_given_up_before_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guard, "DNS_TIMEOUT_S", 0.2)

    async def hanging(_host: str, _port: int) -> list[tuple[str, int]]:
        await asyncio.sleep(60)
        return []

    began = time.monotonic()
    capture = fetch("http://paper.example/", PUBLIC_ONLY, resolver=hanging)

    assert capture.outcome is Outcome.UNRESOLVED
    assert time.monotonic() - began < PUBLIC_ONLY.timeout.total_seconds() / 2

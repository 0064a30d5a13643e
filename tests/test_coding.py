"""Content codings: what comes out, how much of it, and how the end is told.

Reliability promise 15: a bomb is stopped at the cap, whatever it is wrapped in.
"""

import gzip
import time
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.coding import FREE_BYTES, MAX_MEMBERS, decoded
from scraper.model import DecodeStatus

PAGE = b"<p>The lighthouse keeper has gone home.</p>" * 50


def raw_deflate(data: bytes) -> bytes:
    return zlib.compress(data)[2:-4]


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "identity": bytes,
}


@pytest.mark.parametrize("coding", ENCODERS)
def test_each_coding_is_undone(coding: str) -> None:
    assert decoded(ENCODERS[coding](PAGE), [coding]) == (PAGE, DecodeStatus.OK)


@given(st.binary(max_size=5000), st.sampled_from([*ENCODERS]), st.sampled_from([*ENCODERS]))
def test_two_codings_are_undone_in_reverse_order(data: bytes, first: str, second: str) -> None:
    coded = ENCODERS[second](ENCODERS[first](data))

    assert decoded(coded, [first, second]) == (data, DecodeStatus.OK)


def test_bare_deflate_is_understood_as_browsers_do() -> None:
    assert decoded(raw_deflate(PAGE), ["deflate"]) == (PAGE, DecodeStatus.OK)


def test_names_may_be_spelt_in_any_case_with_blanks() -> None:
    assert decoded(gzip.compress(PAGE), [" GZip ", "Identity"]) == (PAGE, DecodeStatus.OK)


@given(st.lists(st.binary(max_size=3000), min_size=1, max_size=6))
def test_all_members_of_a_gzip_body_are_read(parts: list[bytes]) -> None:
    members = b"".join(gzip.compress(part) for part in parts)

    assert decoded(members, ["gzip"]) == (b"".join(parts), DecodeStatus.OK)


def test_members_are_found_where_zlib_stopped_at_its_output_limit() -> None:
    data = bytes(range(256)) * 600 + b"a" * 70_000

    assert decoded(gzip.compress(data) * 3, ["gzip"]) == (data * 3, DecodeStatus.OK)


def test_what_follows_the_last_member_is_ignored() -> None:
    assert decoded(gzip.compress(PAGE) + b"\0\0\0", ["gzip"]) == (PAGE, DecodeStatus.OK)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_an_empty_body_is_whole_though_a_coding_is_named(coding: str) -> None:
    assert decoded(b"", [coding]) == (b"", DecodeStatus.OK)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_coded_body_cut_anywhere_is_damaged(coding: str) -> None:
    coded = ENCODERS[coding](PAGE)

    for end in range(1, len(coded)):
        body, status = decoded(coded[:end], [coding])
        assert status is DecodeStatus.DAMAGED
        assert PAGE.startswith(body)


def test_a_flipped_checksum_is_damage_and_the_text_is_kept() -> None:
    coded = bytearray(gzip.compress(PAGE))
    coded[-6] ^= 1

    assert decoded(bytes(coded), ["gzip"]) == (PAGE, DecodeStatus.DAMAGED)


def test_html_that_claims_to_be_gzip_is_damage() -> None:
    assert decoded(b"<html>", ["gzip"])[1] is DecodeStatus.DAMAGED


@pytest.mark.parametrize("codings", [["br"], ["zstd"], ["gzip", "br"], ["gzip"] * 3, ["gzip;q=1"]])
def test_what_was_not_asked_for_is_left_as_it_is(codings: list[str]) -> None:
    assert decoded(b"\x0b\x02\x80", codings) == (b"\x0b\x02\x80", DecodeStatus.UNSUPPORTED)


def test_small_bodies_may_shrink_as_much_as_they_like() -> None:
    coded = gzip.compress(bytes(FREE_BYTES))

    assert 200 * len(coded) < FREE_BYTES
    assert decoded(coded, ["gzip"]) == (bytes(FREE_BYTES), DecodeStatus.OK)


def test_promise_15_beyond_a_megabyte_the_ratio_is_limited() -> None:
    coded = gzip.compress(bytes(FREE_BYTES + 1))

    assert decoded(coded, ["gzip"]) == (bytes(FREE_BYTES), DecodeStatus.BOMB)


def test_promise_15_the_cap_on_bytes_holds_for_honest_ratios_too() -> None:
    coded = gzip.compress(PAGE)

    assert decoded(coded, ["gzip"], max_bytes=len(PAGE)) == (PAGE, DecodeStatus.OK)
    assert decoded(coded, ["gzip"], max_bytes=99) == (PAGE[:99], DecodeStatus.BOMB)


def test_promise_15_a_bomb_in_the_outer_coding_never_reaches_the_inner() -> None:
    nested = gzip.compress(gzip.compress(bytes(300_000_000), 1))

    body, status = decoded(nested, ["gzip", "gzip"])

    assert status is DecodeStatus.BOMB
    assert len(body) <= 32_000_000


def test_promise_15_a_swarm_of_tiny_members_costs_little() -> None:
    swarm = gzip.compress(b"") * 500_000

    began = time.process_time()
    assert decoded(swarm, ["gzip"]) == (b"", DecodeStatus.BOMB)
    assert time.process_time() - began < 2  # whole-buffer steps would copy terabytes
    assert decoded(gzip.compress(b"a") * MAX_MEMBERS, ["gzip"]) == (
        b"a" * MAX_MEMBERS,
        DecodeStatus.OK,
    )

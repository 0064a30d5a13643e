"""Others' files, read record by record: every packing alike, and nothing broken stops the rest."""

import gzip
import random
import resource
from io import BytesIO

import pytest
from fastwarc.warc import ArchiveIterator
from foreign_files import (
    PACKINGS,
    Made,
    arc,
    bomb,
    broken_records,
    by_member,
    http,
    page,
    record,
    response,
    unpacked,
    warcinfo,
)

from scraper.importing import records as records_module
from scraper.importing.records import Broken, Foreign, Place, records_of

URL = "https://paper.example/story"
BODY = b"<html><body><h1>A story</h1>" + b"<p>of some length.</p>" * 60 + b"</body></html>"


def good(count: int = 4) -> list[Made]:
    made = [warcinfo()]
    for number in range(count):
        made += page(f"{URL}/{number}", BODY + bytes(str(number), "ascii"), number)
    return made


def read(data: bytes) -> tuple[list[Foreign], list[Broken]]:
    found = list(records_of(data))
    whole = [one for one in found if isinstance(one, Foreign)]
    return whole, [one for one in found if isinstance(one, Broken)]


@pytest.mark.parametrize("packing", PACKINGS)
def test_records_come_back_byte_for_byte_however_they_are_packed(packing: str) -> None:
    made = good()

    whole, broken = read(PACKINGS[packing]([one.data for one in made]))

    assert broken == []
    wanted = [one for one in whole if one.type in {"request", "response"}]
    assert [one.head + one.block + b"\r\n\r\n" for one in wanted] == [one.data for one in made[1:]]
    assert whole[0].type == "warcinfo"
    assert len({one.place for one in whole}) == len(whole)
    assert sorted(one.place for one in whole) == [one.place for one in whole]


@pytest.mark.parametrize("packing", ["a member for each record", "not packed"])
def test_fastwarc_finds_the_same_records_at_the_same_offsets(packing: str) -> None:
    data = PACKINGS[packing]([one.data for one in good()])

    whole, _ = read(data)

    theirs = [(one.record_id, one.stream_pos) for one in ArchiveIterator(BytesIO(data))]
    assert [(one.header("WARC-Record-ID"), one.place.offset) for one in whole] == theirs


@pytest.mark.parametrize("kind", broken_records(URL))
def test_a_broken_record_is_named_and_the_next_ones_come(kind: str) -> None:
    before, after = (
        by_member([one.data for one in good(1)]),
        by_member([one.data for one in good(2)]),
    )

    whole, broken = read(before + broken_records(URL)[kind] + after)

    pages = [one for one in whole if one.type == "response" and one.header("WARC-Date")]
    if kind == "no date":  # whole, and of no use: that is for the next to say
        assert broken == []
    else:
        assert {one.place.offset for one in broken} == {len(before)}
        assert all(one.problem for one in broken)
    assert [one.block[-1:] for one in pages] == [b"0", b"0", b"1"]


@pytest.mark.parametrize("kind", ["Content-Length too long", "Content-Length too short"])
def test_a_wrong_length_among_records_that_are_not_packed(kind: str) -> None:
    import gzip

    before, after = unpacked([one.data for one in good(1)]), [one.data for one in good(2)]

    whole, broken = read(before + gzip.decompress(broken_records(URL)[kind]) + unpacked(after))

    assert [one.place.offset for one in broken] == [len(before)]
    assert [one.block[-1:] for one in whole if one.type == "response"] == [b"0", b"0", b"1"]


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_file_that_is_cut_gives_what_comes_before_the_cut(packing: str) -> None:
    made = good(1)
    data = PACKINGS[packing]([one.data for one in made])

    for cut in range(len(data)):
        whole, broken = read(data[:cut])
        assert len(whole) <= len(made)
        assert [one.block for one in whole if one.type == "response" and len(whole) < 3] == []
        assert whole or broken or cut == 0
        if len(whole) == len(made):  # only empty lines, or the packer's last bytes, are missing
            assert len(data) - cut <= 4


def test_security_rule_14_noise_is_never_an_exception_and_never_a_record_with_a_wrong_digest() -> (
    None
):
    data = bytearray(by_member([one.data for one in good()]))
    chance = random.Random(7)
    for _ in range(300):
        noisy = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            noisy[chance.randrange(len(noisy))] = chance.randrange(256)

        whole, broken = read(bytes(noisy))

        pages = [one for one in whole if one.type == "response"]
        assert all(one.block.endswith((b">0", b">1", b">2", b">3")) for one in pages)
        assert broken or noisy == data or len(whole) == 9


def test_security_rule_14_a_bomb_costs_neither_memory_nor_the_next_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("scraper.importing.unpacked.MAX_UNPACKED", 40_000_000)
    after = by_member([one.data for one in good(1)])
    packed = bomb(120_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    whole, broken = read(packed + after)

    assert [one.problem for one in broken] == ["it unpacks to more than 40,000,000 bytes"]
    assert [one.type for one in whole] == ["warcinfo", "request", "response"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000  # kB


def test_security_rule_14_a_record_that_is_too_long_is_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(records_module, "MAX_BLOCK", 5_000)
    long = response(URL, http(b"x" * 6_000))

    whole, broken = read(by_member([long.data, *(one.data for one in good(1))]))

    assert [one.problem[:20] for one in broken] == ["it has 6,059 bytes; "]
    assert [one.type for one in whole] == ["warcinfo", "request", "response"]


def test_records_without_empty_lines_behind_them_are_read() -> None:
    made = [one.data.removesuffix(b"\r\n\r\n") for one in good(1)]

    whole, broken = read(by_member(made))

    assert (len(whole), broken) == (3, [])


def test_an_arc_file_is_read_as_responses() -> None:
    block = http(BODY)
    data = by_member(arc([("http://old.example/a page", block), ("dns:old.example", b"192.0.2.7")]))

    whole, broken = read(data)

    assert broken == []
    assert [one.type for one in whole] == ["metadata", "response", "metadata"]
    assert whole[1].block == block
    assert whole[1].header("WARC-Target-URI") == "http://old.example/a page"
    assert whole[1].header("WARC-Date") == "2004-04-01T12:00:00Z"
    assert whole[1].header("WARC-IP-Address") == "192.0.2.7"


def test_an_arc_2_head_has_ten_words() -> None:
    block = http(BODY)
    head = f"{URL} 192.0.2.7 20040401120000 text/html 200 AAA - 0 x.arc {len(block)}\n"

    [one], broken = read(head.encode() + block + b"\n")

    assert broken == []
    assert (one.header("WARC-Target-URI"), one.block) == (URL, block)


def test_places_are_ordered_as_records_lie() -> None:
    assert Place(3) < Place(3, 1) < Place(10)
    assert str(Place(3, 1)) == "byte 3, record 2 there"


def test_an_empty_file_and_one_of_empty_lines_hold_nothing() -> None:
    assert read(b"") == ([], [])
    assert read(b"\r\n\r\n\n") == ([], [])
    assert read(by_member([b"\r\n"])) == ([], [])


def test_a_folded_header_is_one_value() -> None:
    made = record("response", b"x", "WARC-Target-URI: https://a.example/\r\n  b")

    [one], _ = read(made.data)

    assert one.header("WARC-Target-URI") == "https://a.example/ b"


def test_a_record_that_takes_long_is_no_silence() -> None:
    beats: list[None] = []
    packed = gzip.compress(bytes(20_000_000))

    list(records_of(packed, beat=lambda: beats.append(None)))

    assert len(beats) > 20_000_000 / 65_536

"""Content codings (RFC 9110, section 8.4.1): a coded entity in, its bytes out, within limits.

It knows gzip and deflate, which is what we ask for and what servers send unasked; it does no I/O.
"""

import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress

from scraper.model import DecodeStatus

MAX_CODINGS = 2  # `gzip, gzip` turned 6.8 kB into 4 GB in other clients
MAX_BYTES = 32_000_000  # unpacked
FREE_BYTES = 1_000_000  # up to here the ratio does not matter
MAX_RATIO = 200  # deflate reaches 1032:1 on zeros; news pages stay below 20:1
MAX_MEMBERS = 10_000  # bgzip writes 500 for 32 MB; each costs an inflate state

_STEP = 65_536
_GZIP, _ZLIB, _RAW = 31, 15, -15  # zlib's window bits
_PLAIN = {"", "identity"}

Decoded = tuple[bytes, DecodeStatus]


def decoded(entity: bytes, codings: Sequence[str], *, max_bytes: int = MAX_BYTES) -> Decoded:
    """Return an entity without its content codings, and how that ended.

    `codings` are in the order in which the server applied them, as in Content-Encoding. What was
    decoded until a cap or damage ended it is returned too; where the coding is not supported the
    entity comes back as it is. No step ever holds more than `max_bytes` and 64 kB.
    """
    names = [name for coding in codings if (name := coding.strip().lower()) not in _PLAIN]
    if len(names) > MAX_CODINGS or any(name not in _DECODERS for name in names):
        return entity, DecodeStatus.UNSUPPORTED
    limit = most_decoded(len(entity), max_bytes=max_bytes)
    worst = DecodeStatus.OK
    for name in reversed(names):
        entity, status = _DECODERS[name](entity, limit)
        if status is DecodeStatus.BOMB:
            return entity, status
        worst = status if status is not DecodeStatus.OK else worst
    return entity, worst


def most_decoded(length: int, *, max_bytes: int = MAX_BYTES) -> int:
    """Return how many bytes come of so many coded ones at most."""
    return min(max_bytes, max(FREE_BYTES, MAX_RATIO * length))


def _gunzipped(coded: bytes, limit: int) -> Decoded:
    """Undo gzip, all members of it (RFC 1952, section 2.2); what follows the last is ignored."""
    out = bytearray()
    position = members = 0
    while not members or coded.startswith(b"\x1f\x8b", position):
        if members == MAX_MEMBERS:
            return bytes(out), DecodeStatus.BOMB
        position, status = _inflate(coded, position, _GZIP, out, limit)
        if status is not DecodeStatus.OK:
            return bytes(out), status
        members += 1
    return bytes(out), DecodeStatus.OK


def _inflated(coded: bytes, limit: int) -> Decoded:
    """Undo deflate: in a zlib frame as it should be, or bare, as some servers send it."""
    out = bytearray()
    _, status = _inflate(coded, 0, _ZLIB if _is_zlib(coded) else _RAW, out, limit)
    return bytes(out), status


def _is_zlib(coded: bytes) -> bool:
    """Say whether bytes begin with a zlib header (RFC 1950, section 2.2: CM, CINFO and FCHECK)."""
    return len(coded) > 1 and coded[0] & 0x8F == 8 and int.from_bytes(coded[:2], "big") % 31 == 0


def _inflate(
    coded: bytes, start: int, window_bits: int, out: bytearray, limit: int
) -> tuple[int, DecodeStatus]:
    """Append one deflated stream to `out`; return where it ends and how it went.

    Input goes in small steps, growing from 512 bytes, since zlib copies what it leaves over: with
    thousands of tiny members whole-buffer steps would be quadratic.
    """
    inflater = zlib.decompressobj(window_bits)
    position, step, is_whole = start, 512, not coded  # the empty body of HEAD or 304 is whole
    try:
        while not is_whole:
            piece = coded[position : position + step]
            before = inflater.copy()
            data = inflater.decompress(piece, min(_STEP, limit + 1 - len(out)))
            if not piece and not data:  # output may still wait when all the input is taken
                break
            out += data
            is_whole = inflater.eof  # both attributes may then hold the same bytes
            rest = inflater.unused_data if is_whole else inflater.unconsumed_tail
            position += len(piece) - len(rest)
            step = min(step * 2, _STEP)
            if len(out) > limit:
                del out[limit:]
                return position, DecodeStatus.BOMB
    except zlib.error:
        out += _salvaged(before, piece)[: limit - len(out)]
        return position, DecodeStatus.DAMAGED
    return position, DecodeStatus.OK if is_whole else DecodeStatus.DAMAGED


def _salvaged(inflater: "zlib._Decompress", piece: bytes) -> bytes:
    """Return what is readable of a piece with damage in it: on an error zlib drops all of it."""
    out = bytearray()
    with suppress(zlib.error):
        for byte in piece[:_STEP]:
            out += inflater.decompress(bytes((byte,)))  # at most 2 kB each: 258 bytes from one bit
    return bytes(out)


_DECODERS: dict[str, Callable[[bytes, int], Decoded]] = {
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,  # RFC 9110, section 8.4.1.3: the same
    "deflate": _inflated,
}

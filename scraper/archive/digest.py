"""Digests as WARC headers spell them: ``sha1:`` and base32, read in the other spellings too.

It does not know which bytes of a record a digest covers.
"""

import base64
import binascii
import hashlib

_READABLE = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512"})


def sha1_digest(data: bytes) -> str:
    """Return ``sha1:`` and 32 base32 letters: the one spelling that no tool we know of misreads."""
    return sha1_spelled(hashlib.sha1(data, usedforsecurity=False).digest())


def is_digest_of(digest: str, data: bytes) -> bool | None:
    """Say whether a labelled digest is that of some bytes; None for an algorithm we don't know.

    The standard fixes neither algorithm nor encoding (WARC 1.1, section 5.8), so base32 with and
    without padding and hexadecimal digits are all read.
    """
    algorithm = algorithm_of(digest)
    if algorithm is None:
        return None
    return is_spelling_of(digest, hashlib.new(algorithm, data, usedforsecurity=False).digest())


def algorithm_of(digest: str) -> str | None:
    """Return the name by which hashlib knows a labelled digest's algorithm; None if we don't."""
    algorithm = digest.partition(":")[0].strip().lower().replace("-", "")
    return algorithm if algorithm in _READABLE else None


def is_spelling_of(digest: str, raw: bytes) -> bool:
    """Say whether a labelled digest stands for these bytes of a digest, in whichever encoding."""
    return raw in _decodings(digest.partition(":")[2].strip())


def sha1_spelled(raw: bytes) -> str:
    """Return the 20 bytes of a SHA-1 as we write them."""
    return "sha1:" + base64.b32encode(raw).decode("ascii")


def _decodings(value: str) -> tuple[bytes, ...]:
    padded = value.rstrip("=").upper()
    padded += "=" * (-len(padded) % 8)
    found = []
    for decode, text in ((base64.b32decode, padded), (bytes.fromhex, value)):
        try:
            found.append(decode(text))
        except (binascii.Error, ValueError):
            continue
    return tuple(found)

"""Digests as WARC headers spell them: ``sha1:`` and base32, read in the other spellings too.

It does not know which bytes of a record a digest covers.
"""

import base64
import binascii
import hashlib

_READABLE = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512"})


def sha1_digest(data: bytes) -> str:
    """Return ``sha1:`` and 32 base32 letters: the one spelling that no tool we know of misreads."""
    name = hashlib.sha1(data, usedforsecurity=False).digest()
    return "sha1:" + base64.b32encode(name).decode("ascii")


def is_digest_of(digest: str, data: bytes) -> bool | None:
    """Say whether a labelled digest is that of some bytes; None for an algorithm we don't know.

    The standard fixes neither algorithm nor encoding (WARC 1.1, section 5.8), so base32 with and
    without padding and hexadecimal digits are all read.
    """
    label, _, value = digest.partition(":")
    algorithm = label.strip().lower().replace("-", "")
    if algorithm not in _READABLE:
        return None
    expected = hashlib.new(algorithm, data, usedforsecurity=False).digest()
    return expected in _decodings(value.strip())


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

"""Trusted timestamps (RFC 3161): what to ask an authority, and what its answer proves.

It sends nothing and reads no clock. The only module that touches rfc3161-client, which is an extra.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scraper.errors import ConfigError, DamageError

REQUEST_TYPE = "application/timestamp-query"
ANSWER_TYPE = "application/timestamp-reply"
SUFFIX = ".tsr"  # beside the manifest that it is about: the whole answer, as it came

_MISSING = "timestamps need the extra `timestamp`: pip install 'scraper[timestamp]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What an authority says about some bytes."""

    moment: datetime
    is_trusted: bool  # its certificate leads to a root that was named


def question(data: bytes) -> bytes:
    """Return the request for a timestamp on some bytes, of which only the SHA-256 is sent.

    Raises:
        ConfigError: rfc3161-client is not installed.
    """
    try:
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder
    except ImportError as exc:
        raise ConfigError(_MISSING) from exc
    builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=True).cert_request(cert_request=True).build().as_bytes()


def stamp_in(answer: bytes, data: bytes, *, roots: Sequence[bytes] = ()) -> Stamp:
    """Return what an authority's answer says of some bytes; `roots` are certificates in PEM.

    Without roots the bytes and the moment are read, and nothing says who signed.

    Raises:
        DamageError: it is no answer, a refusal, about other bytes, or not signed as it should be.
        ConfigError: rfc3161-client is not installed, or a root is no certificate.
    """
    try:
        from cryptography.x509 import load_pem_x509_certificates
        from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
    except ImportError as exc:
        raise ConfigError(_MISSING) from exc
    try:
        found = decode_timestamp_response(answer)
        moment = found.tst_info.gen_time
        imprint = found.tst_info.message_imprint
    except ValueError as exc:  # `openssl ts -verify` may still read what this library refuses
        raise DamageError(f"not a timestamp that we can read ({exc})") from exc
    if imprint.message != _hashed(imprint.hash_algorithm.dotted_string, data):
        raise DamageError("the timestamp is about other bytes")
    if not roots:
        return Stamp(moment=moment, is_trusted=False)
    builder = VerifierBuilder()
    try:
        for certificate in load_pem_x509_certificates(b"\n".join(roots)):
            builder = builder.add_root_certificate(certificate)
    except ValueError as exc:
        raise ConfigError(f"not certificates in PEM ({exc})") from exc
    try:
        builder.build().verify_message(found, data)
    except (VerificationError, ValueError) as exc:  # the latter of a status that nobody defined
        raise DamageError(f"the timestamp is not signed as it should be ({exc})") from exc
    return Stamp(moment=moment, is_trusted=True)


def _hashed(algorithm: str, data: bytes) -> bytes:
    import hashlib

    names = {
        "2.16.840.1.101.3.4.2.1": "sha256",
        "2.16.840.1.101.3.4.2.2": "sha384",
        "2.16.840.1.101.3.4.2.3": "sha512",
    }
    if algorithm not in names:
        raise DamageError(f"a timestamp over a digest that we don't know ({algorithm})")
    return hashlib.new(names[algorithm], data).digest()

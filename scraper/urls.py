"""URL identity: what a URL is, which host it names, which outlet it belongs to by host.

It opens nothing and resolves nothing.
"""

import re
from fnmatch import fnmatchcase
from urllib.parse import urlsplit, urlunsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_USER = re.compile(r"(?<=//)[^/?#\\]*@")
_ASCII_SPACE = " \t\n\v\f\r"

# Parameters that say how a reader came here and never what is shown. A name stands here only where
# no site is known to pick its pages by it: `id`, `ref`, `source`, `cid`, `eid` and `s` do that
# somewhere. Compared in lower case. Sources: the lists of AdGuard (TrackParamFilter), ClearURLs and
# Firefox (query-stripping), and the documentation of the tools named.
TRACKING_PREFIXES = (
    "utm_",  # Google Analytics and all who followed it
    "mtm_", "matomo_", "pk_", "piwik_",  # Matomo
    "at_medium", "at_campaign", "at_custom", "at_link_", "at_ptr_",  # AT Internet
    "ns_mchannel", "ns_source", "ns_campaign", "ns_linkname", "ns_fee",  # Comscore
    "hsa_", "__hs", "_hs",  # HubSpot
    "oly_",  # Omeda
    "vero_",
    "stm_",
    "trk_",
)  # fmt: skip
TRACKING_PARAMETERS = frozenset(
    {
        "fbclid", "fb_action_ids", "fb_action_types", "fb_source", "fb_ref",  # Facebook
        "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "gad_source", "gad_campaignid", "_ga",
        "_gl", "srsltid",  # Google
        "msclkid", "twclid", "ttclid", "li_fat_id", "igshid", "igsh", "epik", "rdt_cid",
        "scclid", "sccid", "yclid", "ysclid", "ymclid", "_openstat", "wickedid",  # other clicks
        "mc_cid", "mc_eid", "mkt_tok", "ml_subscriber", "ml_subscriber_hash", "ck_subscriber_id",
        "s_cid", "_kx", "bsft_clkid", "bsft_uid", "hsctatracking", "sc_cid", "wt_mc", "wt.mc_id",
        "guccounter", "guce_referrer", "guce_referrer_sig", "xtor", "cmpid", "icid", "smid",
        "ocid", "echobox", "__twitter_impression", "spm", "ref_src", "ref_url", "amp_js_v",
    }
)  # fmt: skip

# What most links look like, and is in its normal form already; it saves nine tenths of the time.
_PLAIN = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[1-9][0-9]{3})?/"
    r"(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*)?"
)
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}|[^!$&'()*+,\-./0-9:;=?@A-Z_a-z~]")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def normal_url(url: str) -> str:
    """Return an http(s) URL with its host in lower case, without default port and fragment.

    User information is dropped: an archive is no place for a password. The path and query stay as
    they are, since servers may tell them apart (RFC 3986, section 6.2.2).

    Raises:
        ValueError: it is not an absolute http or https URL; the message says what is wrong.
    """
    if _PLAIN.fullmatch(url):
        return url
    text = url.strip(_ASCII_SPACE)
    if _CONTROL.search(text):
        raise ValueError("it has white space or control characters inside")
    parts = urlsplit(text)
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise ValueError("it does not start with http:// or https://")
    authority = _authority(parts.hostname or "", parts.port, _DEFAULT_PORTS[scheme])
    return urlunsplit((scheme, authority, parts.path or "/", parts.query, ""))


def without_user(url: str) -> str:
    """Return what was meant as a URL without what looks like user information in it."""
    return _USER.sub("", url)


def _authority(hostname: str, port: int | None, default_port: int) -> str:
    if port == 0:  # clients would connect to the default port and say that it was this one
        raise ValueError("there is no port 0")
    host = hostname.lower() if hostname.isascii() else _ascii_host(hostname.lower())
    host = host.rstrip(".")
    if not host:
        raise ValueError("it names no host")
    if ":" in host:  # IPv6, RFC 3986, section 3.2.2
        host = f"[{host}]"
    return host if port in {None, default_port} else f"{host}:{port}"


def _ascii_host(host: str) -> str:
    try:
        name = host.encode("idna").decode("ascii").lower()
    except UnicodeError as exc:
        raise ValueError("its host name is not a valid international name") from exc
    if _CONTROL.search(name):  # an accent without a letter becomes a blank and a mark
        raise ValueError("its host name is not a valid international name")
    return name


def canonical(url: str) -> str:
    """Return the one spelling under which URLs of the same page are compared; it is not fetched.

    Beyond `normal_url`: dot segments are resolved, percent-encoding is in its normal form (RFC
    3986, section 6.2.2), tracking parameters and empty ones are gone, and so is a "?" without a
    query. The other parameters keep their order, as servers may tell it apart. Twins for telephones
    and AMP have URLs of their own: which page they are, only their rel=canonical knows.

    Raises:
        ValueError: as `normal_url`.
    """
    if _PLAIN.fullmatch(url):
        return url
    parts = urlsplit(normal_url(url))
    path = _without_dots(_normal_escapes(parts.path))
    return urlunsplit((parts.scheme, parts.netloc, path, _without_tracking(parts.query), ""))


def _normal_escapes(text: str) -> str:
    return _PERCENT.sub(_normal_escape, text)


def _normal_escape(found: re.Match[str]) -> str:
    text = found[0]
    if len(text) == 3:
        char = chr(int(text[1:], 16))
        return char if char in _UNRESERVED else text.upper()
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


def _without_dots(path: str) -> str:
    """Resolve "." and ".." (RFC 3986, section 5.2.4); the path begins with a slash."""
    segments = path.split("/")[1:]
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def _without_tracking(query: str) -> str:
    parameters = (_normal_escapes(parameter) for parameter in query.split("&"))
    return "&".join(each for each in parameters if each and not is_tracking(each.split("=")[0]))


def is_tracking(parameter: str) -> bool:
    """Say whether a query parameter tells how a reader came, by its name in normal escapes."""
    name = parameter.lower()
    return name in TRACKING_PARAMETERS or name.startswith(TRACKING_PREFIXES)


def host_of(url: str) -> str:
    """Return the host that a URL names, in lower case, without port; empty if there is none."""
    return (urlsplit(url).hostname or "").lower().rstrip(".")


def site_of(host: str) -> str:
    """Return a host without the prefix that outlets use for twins of one site (www., m., amp.)."""
    for prefix in ("www.", "m.", "amp."):
        if host.startswith(prefix) and host.count(".") > 1:
            return host[len(prefix) :]
    return host


def is_matching(url: str, pattern: str) -> bool:
    """Say whether a URL fits a pattern: ``*`` is any run of characters, ``?`` any one."""
    return fnmatchcase(url, pattern.replace("[", "[[]"))

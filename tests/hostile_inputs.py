"""Five hundred hostile inputs, made anew at each run: pages, sources, robots.txt, WARC files, TOML.

It holds no claims; what is random in them is seeded.
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from random import Random

from ledger import CLOSE, RESET, Step, answer
from line_runs import story_page

HTML = "Content-Type: text/html; charset=utf-8"
PAGE = story_page()
OK = b"HTTP/1.1 200 OK\r\n"
CONTROLS = "\x00\x1b]0;x\x07\x1b[2J\x9b\u202e\u2066\u200b\u2028\x85"
JUNK = ["\x00", "\ufffe", "\U0010ffff", "]]>", "-->", "&#0;", "&#x110000;", "&#xd800;", "%", "\\"]

NESTING = (
    "div", "b", "table", "ul", "ol", "blockquote", "svg", "math", "template", "select", "form",
    "object", "noscript", "font", "a", "button", "span", "section", "article", "details", "dl",
)  # fmt: skip
OPEN_ENDED = (
    "script", "style", "title", "textarea", "xmp", "plaintext", "noembed", "noframes", "iframe",
    "!--",
)  # fmt: skip

Steps = bytes | Iterable[Step]


def zeros(megabytes: int, *, wbits: int = 31) -> bytes:
    """Return that many million zeros, packed: one block again and again, and no end."""
    packer = zlib.compressobj(9, wbits=wbits)
    first, again = (
        packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2)
    )
    return first + again * (megabytes - 1)


def mutated(good: bytes, seed: int) -> bytes:
    """Return bytes with some of them changed, doubled, cut out or moved."""
    random, body = Random(seed), bytearray(good)
    for _ in range(random.randint(1, 12)):
        at, length = random.randrange(len(body)), random.randint(1, 200)
        act = random.randrange(5)
        if act == 0:
            body[at] = random.randrange(256)
        elif act == 1:
            del body[at : at + length]
        elif act == 2:
            body[at:at] = body[at : at + length] * random.randint(1, 200)
        elif act == 3:
            body[at:at] = random.choice(JUNK).encode()
        else:
            body[at:at] = random.randbytes(length)
        body = body or bytearray(b"<")
    return bytes(body)


def in_page(body: str, head: str = "") -> bytes:
    return PAGE.replace(b"<head>", f"<head>{head}".encode("utf-8", "replace"), 1).replace(
        b"</article>", f"{body}</article>".encode("utf-8", "replace"), 1
    )


def html_pages() -> Iterator[tuple[str, bytes]]:
    for tag in NESTING:
        yield f"{tag} 900 deep", in_page(f"<{tag}>" * 900 + "text")
        yield f"{tag} 60,000 deep", in_page(f"<{tag}>" * 60_000 + "text")
    for tag in OPEN_ENDED:
        yield f"{tag} never closed", in_page(f"<{tag}>" + "x" * 5_000)
    for attribute in ("a{}=1", "{}", "class{}='x y'", "on{}=alert(1)"):
        attributes = " ".join(attribute.format(n) for n in range(50_000))
        yield f"50,000 attributes {attribute}", in_page(f"<p {attributes}>text</p>")
    for what, piece in (
        ("links", "<a href=x>y</a> "),
        ("entities", "&amp;"),
        ("paragraphs", "<p>a"),
        ("images", "<img src=x>"),
        ("metas", "<meta name=a content=b>"),
        ("tables", "<table>"),
        ("comments", "<!--"),
        ("cells", "<td>x"),
        ("options", "<option>x"),
        ("brs", "<br>"),
    ):
        yield f"100,000 {what}", in_page(piece * 100_000)
    yield "one word of 8 MB", in_page("x" * 8_000_000)
    yield "one attribute of 8 MB", in_page(f"<p title='{'x' * 8_000_000}'>y</p>")
    yield "a class name of 1 MB", in_page(f"<p class='{'x ' * 500_000}'>y</p>")


def metadata_pages() -> Iterator[tuple[str, bytes]]:
    for script in (
        "[" * 50_000,
        '{"@graph":' * 900 + "1" + "}" * 900,
        '{"@type":["NewsArticle",[[[1]]]]}',
        '{"@type":"NewsArticle","headline":{"a":[]},"author":[[{"name":[1,{}]}]]}',
        '{"@type":"NewsArticle","datePublished":1e999,"author":NaN}',
        '"' + "x" * 900_000 + '"',
        '{"@type":"NewsArticle","headline":"\\ud800"}',
        "[" + "9" * 5_000 + "]",
        "{}" * 9,
        "\x00",
    ):
        yield (
            f"JSON-LD {script[:20]!r}",
            in_page("", f"<script type=application/ld+json>{script}</script>"),
        )
    for date in (
        "0000-00-00",
        "9999-12-31T23:59:59+23:59",
        "-1",
        "1e400",
        "0001-01-01T00:00:00+14:00",
        "2026-02-30",
        "2026-03-01T25:61",
        "\u0662\u0660\u0662\u0666-\u0660\u0663-\u0660\u0661",
        "9" * 4_000,
        "2026-03-01T00:00:00+99:99",
        "Mon, 99 Foo 99999",
        "\x1b[2J",
        "1",
        "99999999999999999999",
        "2026-W99-9",
    ):
        yield (
            f"date {date[:20]!r}",
            in_page(
                f"<time datetime='{date}'>{date}</time>",
                f"<meta property=article:published_time content='{date}'>",
            ),
        )
    for url in (
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://169.254.169.254/",
        "//[::1",
        "http://[",
        "http://a:b@c/",
        "\x1b[2J",
        "data:text/html,x",
        "http://x" + "y" * 100_000,
        "",
        "\x00",
        "http://\ud800/".encode("utf-8", "replace").decode(),
    ):
        yield (
            f"canonical {url[:20]!r}",
            in_page(
                f"<a rel=next href='{url}'>next</a>",
                f"<link rel=canonical href='{url}'><meta property=og:url content='{url}'>"
                f"<meta property=og:image content='{url}'><base href='{url}'>",
            ),
        )
    for name in ("author", "og:title", "keywords", "language", "article:tag", "description"):
        yield f"controls in {name}", in_page("", f"<meta name={name} content='{CONTROLS * 50}'>")
        yield f"a long {name}", in_page("", f"<meta name={name} content='{'x, ' * 100_000}'>")
    for junk in JUNK:
        yield f"junk {junk!r}", in_page(f"<p>A sentence with {junk * 3} in the middle of it.</p>")
    yield "controls everywhere", story_page(f"Ferry {CONTROLS}", f"<p>{CONTROLS * 2_000}</p>")


def coded_pages() -> Iterator[tuple[str, bytes]]:
    bomb = zeros(300)
    for codings, body in (
        ("gzip", bomb), ("gzip, gzip", gzip.compress(bomb)), ("deflate", zeros(300, wbits=15)),
        ("deflate", zeros(300, wbits=-15)), ("gzip", gzip.compress(PAGE)[:-9]), ("gzip", PAGE),
        ("gzip", b""), ("gzip", b"\x1f\x8b" * 9), ("br", b"\x0f" * 99), ("zstd", b"(\xb5/\xfd" * 9),
        ("gzip, " * 500 + "gzip", gzip.compress(PAGE)), ("x" * 9_000, PAGE), ("gzip", bomb * 30),
        ("gzip", gzip.compress(b"") * 20_000), ("gzip", gzip.compress(PAGE) + b"tail"),
    ):  # fmt: skip
        yield (
            f"coded {codings[:20]} {len(body)}",
            answer(body, HTML, f"Content-Encoding: {codings}"),
        )
    for charset in (
        "utf-7", "utf-16", "utf-16be", "utf-32", "unicode_escape", "idna", "rot13", "hex", "zlib",
        "base64_codec", "x" * 9_000, "", "\x1b", "iso-2022-kr", "hz", "cp037", "utf-8; utf-7", "null",  # noqa: E501
    ):  # fmt: skip
        yield (
            f"charset {charset[:20]!r}",
            answer(PAGE, f"Content-Type: text/html; charset={charset}"),
        )
    for codec in ("utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp1251", "shift_jis", "cp037"):
        yield f"in {codec}", answer(PAGE.decode().encode(codec), "Content-Type: text/html")
    for kind in (
        "",
        "text/plain",
        "image/png",
        "application/pdf",
        "text/html\x1b[2J",
        "*/*",
        "x" * 9_000,
    ):
        yield f"type {kind[:20]!r}", answer(PAGE, f"Content-Type: {kind}")


def raw_responses() -> Iterator[tuple[str, Steps]]:
    end = b"Content-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE
    for start in (
        b"HTTP/1.1 200 OK\n", b"HTTP/1.1 999 X\r\n", b"HTTP/1.1 000 X\r\n", b"HTTP/9.9 200 OK\r\n",
        b"HTTP/1.1 200\r\n", b"HTTP/1.1\r\n", b"ICY 200 OK\r\n", b"\r\n\r\n", b"\x1b[2J\r\n",
        b"HTTP/1.1 200 " + b"x" * 50_000 + b"\r\n", b"HTTP/1.1 -1 X\r\n", b"<html>\r\n", b"\x16\x03\x01",  # noqa: E501
    ):  # fmt: skip
        yield f"status line {start[:20]!r}", [start + end, CLOSE]
    for head in (
        b"Content-Length: -1\r\n", b"Content-Length: 99999999999999999999\r\n", b": x\r\n",
        b"Content-Length: 1, 2\r\n", b"Content-Length: 5\r\nContent-Length: 6\r\n", b"X\r\n",
        b"Transfer-Encoding: chunked, chunked\r\n", b"Transfer-Encoding: gzip\r\n", b"X: \x00\r\n",
        b"X: " + b"y" * 300_000 + b"\r\n", b"X: y\r\n" * 20_000, b"X: a\r\n b\r\n", b"X\x1b: y\r\n",
        b"Set-Cookie: a=1\r\n" * 3_000, b"Content-Length: 0x10\r\n", b"X : y\r\n", b"\xff: \xfe\r\n",  # noqa: E501
    ):  # fmt: skip
        yield f"header {head[:20]!r} {len(head)}", [OK + head + end, CLOSE]
    chunked = OK + b"Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
    for body in (
        b"-1\r\nx", b"zz\r\n", b"ffffffffffffffffffffff\r\n", b"5\r\nabc", b"3\r\nabcX", b"0\r\n",
        b"0;" + b"x" * 200_000, b"1;a=\x1b[2J\r\nx\r\n0\r\n\r\n", b"0\r\nX: y\r\n" * 5_000, b"",
        b"1\r\nx\r\n" * 50_000, b"0\r\n\r\n" + end,
    ):  # fmt: skip
        yield f"chunks {body[:20]!r} {len(body)}", [chunked + body, CLOSE]
    for cut in range(0, len(OK + end), 150):
        yield f"cut at {cut}", [(OK + end)[:cut] or 0.0, RESET if cut % 4 else CLOSE]
    yield "a forged second response", [OK + end + OK + end, CLOSE]
    yield "1,500 interim responses", [b"HTTP/1.1 103 X\r\n\r\n" * 1_500 + OK + end, CLOSE]
    for number in range(8):
        yield f"a body beyond the cap {number}", [OK + b"Content-Type: text/html\r\n\r\n" + PAGE,
                                                 *[b"y" * 500_000] * 40, CLOSE]  # fmt: skip
    for where in (
        "javascript:alert(1)", "file:///etc/passwd", "http://169.254.169.254/latest/", "http://[::1]/",
        "http://10.0.0.1/", "gopher://x/", "//", "http://0x7f.1:1/", "http://localhost:22/", "\x1b[2J",  # noqa: E501
        "http://x:y@127.0.0.1:1/", "http://" + "a" * 5_000, "http://\xff\xfe/", "", "ftp://x/", "http:",  # noqa: E501
        "http://2130706433:1/", "http://[fe80::1%25eth0]/", "http://[::ffff:169.254.169.254]/",
    ):  # fmt: skip
        yield f"moved to {where[:30]!r}", answer(b"", f"Location: {where}", status="302 Found")


def dripping() -> Iterator[tuple[str, Iterable[Step]]]:
    """Yield responses that do not end before a deadline of seconds."""
    yield "silence", [60.0]
    yield "half a head", [b"HTTP/1.1 200", 60.0]
    yield "a drip", _endless(OK + b"\r\n", b".")
    yield "a drip of headers", _endless(OK, b"X: y\r\n")
    yield "a drip of chunks", _endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n")
    yield "a drip of interim responses", _endless(b"", b"HTTP/1.1 102 X\r\n\r\n")


class _endless:  # noqa: N801  an iterable that may be asked for again
    def __init__(self, first: bytes, more: bytes) -> None:
        self._first, self._more = first, more

    def __iter__(self) -> Iterator[Step]:
        yield self._first
        for _ in range(600):
            yield self._more
            yield 0.1


def pages() -> dict[str, Steps]:
    """Return hostile responses for pages by name."""
    found: dict[str, Steps] = {}
    for name, body in (*html_pages(), *metadata_pages()):
        found[name] = answer(body, HTML)
    found |= dict(coded_pages()) | dict(raw_responses())
    found |= {f"mutation {seed}": answer(mutated(PAGE, seed), HTML) for seed in range(60)}
    found |= {f"noise {seed}": answer(Random(seed).randbytes(9_000), HTML) for seed in range(10)}
    return found


def heaviest_pages() -> dict[str, Steps]:
    """Return pages that weigh the most that one may: on the wire, unpacked, and as text."""
    noise, bomb = Random(1).randbytes(16_500_000), zeros(300) * 20
    words = "The harbour was closed on Monday after a crane had fallen on the quay. "
    text = in_page(f"<p>{words * 8}</p>" * (9_000_000 // (8 * len(words))))
    found: dict[str, Steps] = {}
    for number in range(16):
        found[f"noise {number}"] = [OK + b"Content-Type: text/html\r\n\r\n", noise, CLOSE]
    for number in range(8):
        found[f"bomb {number}"] = answer(bomb, HTML, "Content-Encoding: gzip")
        found[f"text {number}"] = answer(text, HTML)
    return found


# --- what announces ------------------------------------------------------------------------------

ITEM = "<item><title>T</title><link>http://127.0.0.1:9/a</link><guid>1</guid></item>"
RSS = f"<?xml version='1.0'?><rss version='2.0'><channel><title>T</title>{ITEM * 3}</channel></rss>"
URLSET = (
    "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
    + "<url><loc>http://127.0.0.1:9/a</loc><lastmod>2026-03-01</lastmod></url>" * 3
    + "</urlset>"
)
LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(12))
DOCTYPE = f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
BAD_LINKS = (
    "javascript:alert(1)",
    "file:///etc/passwd",
    "http://[",
    "\x1b[2J",
    "http://169.254.169.254",
)


def announcements(good: str, item: str) -> Iterator[tuple[str, bytes]]:
    """Yield hostile documents made of a good one."""
    yield "laughs", good.replace("?>", f"?>{DOCTYPE}").replace("T<", "&l12;&f;<").encode()
    yield "100,000 items", good.replace(item, item * 50_000, 1).encode()
    yield "100,000 deep", good.replace(item, "<x>" * 100_000 + item, 1).encode()
    yield (
        "50,000 attributes",
        good.replace(
            item, "<x " + " ".join(f"a{n}='1'" for n in range(50_000)) + f"/>{item}", 1
        ).encode(),
    )
    yield "ampersands", good.replace(item, f"<x>{'&' * 400_000}</x>{item}", 1).encode()
    yield (
        "a title of 4 MB",
        good.replace(item, f"<title>{'x' * 4_000_000}</title>{item}", 1).encode(),
    )
    yield "nested CDATA", good.replace(item, "<![CDATA[" * 50_000 + item, 1).encode()
    yield (
        "many prefixes",
        good.replace(item, "".join(f"<p{n}:x/>" for n in range(20_000)), 1).encode(),
    )
    yield "packed", zeros(300)
    yield "empty", b""
    yield "json deep", b'{"items":' + b"[" * 100_000
    yield "json wide", b'{"version":"https://jsonfeed.org/version/1","items":[' + b"{}," * 200_000
    yield "html", PAGE
    yield "utf-16", good.encode("utf-16")
    yield "a lying declaration", good.replace("1.0'", "1.0' encoding='utf-7'").encode()
    for link in BAD_LINKS:
        yield f"links to {link[:12]!r}", good.replace("http://127.0.0.1:9/a", link).encode()
    for seed in range(15):
        yield f"mutation {seed}", mutated(good.encode(), seed)
    for seed in range(3):
        yield f"noise {seed}", Random(seed).randbytes(9_000)


def feeds() -> dict[str, bytes]:
    return dict(announcements(RSS, ITEM))


def sitemaps() -> dict[str, bytes]:
    return dict(announcements(URLSET, URLSET[URLSET.index("<url>") : URLSET.index("</url>") + 6]))


def robots() -> dict[str, Steps]:
    """Return hostile answers for robots.txt by name."""
    good = b"User-agent: *\nAllow: /\n"
    found: dict[str, Steps] = {
        "many wildcards": answer(good + b"Disallow: /" + b"*a" * 20_000 + b"$\n"),
        "many rules": answer(good + b"".join(b"Disallow: /x%d\n" % n for n in range(60_000))),
        "one line": answer(good + b"Disallow: /" + b"y" * 5_000_000),
        "many agents": answer(b"User-agent: x\n" * 60_000 + good),
        "nuls": answer(b"\0" * 100_000 + good),
        "html": answer(PAGE, HTML),
        "utf-16": answer(good.decode().encode("utf-16")),
        "bomb": answer(zeros(300), "Content-Encoding: gzip"),
        "a delay without end": answer(good + b"Crawl-delay: 1e999\n"),
        "a delay of nan": answer(good + b"Crawl-delay: nan\n"),
        "sitemaps to files": answer(good + b"Sitemap: file:///etc/passwd\n" * 9_000),
        "escapes": answer(good + b"Disallow: /%zz%00%1b[2J\x1b[2J\n"),
        "to a file": answer(b"", "Location: file:///etc/passwd", status="301 X"),
        "to metadata": answer(b"", "Location: http://169.254.169.254/", status="301 X"),
        "loop": answer(b"", "Location: /robots.txt", status="301 X"),
        "500": answer(b"", status="500 X"),
        "cut": [answer(good)[:-5], CLOSE],
        "no http": [b"\x1b[2J\r\n\r\n", CLOSE],
    }
    return found | {f"mutation {seed}": answer(mutated(good * 9, seed)) for seed in range(12)}


# --- files that are handed to us -----------------------------------------------------------------


def record(block: bytes, *, kind: str = "response", url: str = "http://paper.example/a",
           more: str = "", length: int | None = None) -> bytes:  # fmt: skip
    name, size = zlib.crc32(block + url.encode()), len(block) if length is None else length
    head = (
        f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{name}>\r\n"
        f"WARC-Date: 2026-03-01T00:00:00Z\r\nWARC-Target-URI: {url}\r\n"
        f"Content-Type: application/http\r\n{more}Content-Length: {size}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def warcs() -> dict[str, bytes]:
    """Return hostile WARC files by name."""
    page = answer(PAGE, HTML)
    good = gzip.compress(record(page))
    raw = [
        record(page, url=url)
        for url in ("file:///etc/passwd", "http://../../x", "http://169.254.169.254/", "x" * 70_000,
                    "http://a/\x1b[2J", "http://paper.example/%00", "http://[")
    ]  # fmt: skip
    found = {
        "bomb": gzip.compress(record(answer(zeros(300), HTML, "Content-Encoding: gzip"))),
        "a block of zeros": gzip.compress(record(bytes(60_000_000))),
        "ten gigabytes of zeros": zeros(10_000),
        "endless head": gzip.compress(b"WARC/1.1\r\n" + b"X: y\r\n" * 3_000_000),
        "one head line of 100 MB": gzip.compress(b"WARC/1.1\r\nX: " + b"y" * 100_000_000, 1),
        "gzip in gzip in gzip": gzip.compress(gzip.compress(good)) + good,
        "a bomb in gzip in gzip": gzip.compress(gzip.compress(zeros(2_000))) + good,
        "a plain file in gzip tail": record(page) + gzip.compress(record(page)) * 3,
        "a length beyond all": gzip.compress(record(page, length=10**14)) + good,
        "a negative length": gzip.compress(record(page, length=-5)) + good,
        "no magic": b"\x1f\x8b\x08" * 50_000,
        "100,000 empty members": gzip.compress(b"") * 100_000 + good,
        "blank lines": gzip.compress(b"\r\n" * 20_000_000) + good,
        "names of others": gzip.compress(
            record(page, more="WARC-Filename: ../../../etc/cron.d/x\r\n")
        ),
        "a revisit of itself": gzip.compress(
            record(page, kind="revisit", more="WARC-Refers-To: <urn:uuid:1>\r\n")
        ),
        "redirects in a ring": b"".join(
            gzip.compress(
                record(
                    answer(b"", f"Location: /{(n + 1) % 3_000}", status="301 X"),
                    url=f"http://paper.example/{n}",
                )
            )
            for n in range(3_000)
        ),
        "targets": b"".join(map(gzip.compress, raw)) + good,
        "arc": b"filedesc://x 0.0.0.0 20260301000000 text/plain 5\n1 0 x\n\n"
        + b"http://x/ " * 5_000,
        "arc of an absurd length": b"http://x.example/ 1.2.3.4 20260301000000 text/html "
        + b"9" * 15
        + b"\n"
        + page,
        "arc of a longer length": b"http://x.example/ 1.2.3.4 20260301000000 text/html "
        + b"9" * 4_000
        + b"\n"
        + page,
        "json": json.dumps({"a": 1}).encode(),
        "empty": b"",
    }
    found |= {f"mutation {seed}": mutated(good * 4, seed) for seed in range(15)}
    return found | {f"plain mutation {seed}": mutated(record(page) * 4, seed) for seed in range(10)}


CONFIG = (Path(__file__).parent.parent / "sources.toml").read_bytes()


def configs() -> Mapping[str, bytes]:
    """Return hostile or broken sources.toml by name."""
    outlet = b'[[outlet]]\nid = "x"\nname = "X"\nhome = "https://x.example/"\n'
    rules = outlet + b"[[outlet.rules]]\n"
    found = {
        "id with a path": outlet.replace(b'"x"', b'"../x"'),
        "deep": b"a = " + b"[" * 50_000,
        "deep keys": b"a." * 5_000 + b"b = 1",
        "long": b"a = '" + b"x" * 5_000_000 + b"'",
        "a date that is none": b"a = 2026-13-99",
        "a number of many digits": b"a = " + b"9" * 10_000,
        "nul": b"a = '\0'",
        "no utf-8": b"a = '\xff'",
        "regex": rules + b'strip_text = ["(a+)+$' + b"(" * 500 + b'"]',
        "regex that never ends": rules + b'strip_text = ["(a{1,99999}){1,99999}"]',
        "selector": rules + b'body = ["' + b":not(" * 190 + b'"]',
        "xpath": rules + b'body = ["' + b"//*[" * 200 + b'"]',
        "xpath that opens": rules + b"body = [\"document('file:///etc/passwd')\"]",
        "10,000 outlets of one id": outlet * 10_000,
        "20,000 dotted keys": b"a." * 20_000 + b"b = 1",
        "a table of 20,000 dotted keys": b"[" + b"a . " * 20_000 + b"b]",
        "quoted dotted keys": b'"a".' * 20_000 + b"b = 1",
        "50,000 unknown tables": b"".join(b"[t%d.x]\n" % n for n in range(50_000)),
        "20 MB": outlet + b"#" * 20_000_000,
        "a word of 5 MB": b"a" * 5_000_000,
    }
    return found | {f"mutation {seed}": mutated(CONFIG, seed) for seed in range(26)}

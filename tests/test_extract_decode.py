"""Bytes and headers become text: which declaration is followed, and which is seen to lie."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.extract.decode import decoded_page
from scraper.extract.labels import ENCODINGS, codec_of, encoding_named

RUSSIAN = "<p>Суда направили в другой порт</p>"
JAPANESE = "<p>港は月曜日に閉鎖された</p>"


def http(charset: str) -> list[tuple[str, str]]:
    return [("content-type", f"text/html; charset={charset}")]


@pytest.mark.parametrize(
    ("text", "label", "name"),
    [
        (RUSSIAN, "windows-1251", "windows-1251"),
        (RUSSIAN, "cp1251", "windows-1251"),
        (RUSSIAN, "KOI8-R", "koi8-r"),
        (RUSSIAN, "iso-8859-5", "iso-8859-5"),
        (JAPANESE, "Shift_JIS", "shift_jis"),
        (JAPANESE, "euc-jp", "euc-jp"),
        (JAPANESE, "iso-2022-jp", "iso-2022-jp"),
        ("<p>항구는 월요일에 폐쇄되었다</p>", "ks_c_5601-1987", "euc-kr"),
        ("<p>港口於星期一關閉</p>", "big5", "big5"),
        ("<p>港口于星期一关闭</p>", "gb2312", "gbk"),
        ("<p>Liman bugün şehirden uzak</p>", "iso-8859-9", "windows-1254"),
        ("<p>أغلق الميناء</p>", "windows-1256", "windows-1256"),
        ("<p>café “quay”</p>", "latin1", "windows-1252"),
    ],
)
def test_promise_20_a_declared_charset_is_followed_from_http_and_from_meta(
    text: str, label: str, name: str
) -> None:
    wire = text.encode(codec_of(name))

    by_http = decoded_page(wire, http(label))
    by_meta = decoded_page(f'<meta charset="{label}">'.encode() + wire)

    assert (by_http.text, by_http.charset, by_http.source) == (text, name, "http")
    assert by_meta.text.endswith(text)
    assert (by_meta.charset, by_meta.source) == (name, "meta")


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be"])
def test_promise_20_a_byte_order_mark_outweighs_everything(codec: str) -> None:
    wire = f"\ufeff{RUSSIAN}".encode(codec)

    page = decoded_page(wire, http("windows-1251"))

    assert page.text == RUSSIAN
    assert page.source == "bom"


def test_promise_20_utf16_without_its_mark_is_known_by_its_nuls() -> None:
    page = decoded_page("<html><p>harbour closed</p></html>".encode("utf-16-le"))

    assert page.text == "<html><p>harbour closed</p></html>"
    assert (page.charset, page.source) == ("utf-16le", "utf-16 pattern")


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1251", "gb2312"])
def test_promise_20_utf8_under_a_false_label_is_still_utf8_and_the_source_says_so(
    label: str,
) -> None:
    page = decoded_page(RUSSIAN.encode(), http(label))

    assert page.text == RUSSIAN
    assert page.charset == "utf-8"
    assert page.source.startswith("utf-8; http said ")


def test_promise_20_latin1_declared_as_utf8_is_not_a_page_of_question_marks() -> None:
    page = decoded_page("<p>naïve café</p>".encode("latin-1"), http("utf-8"))

    assert page.text == "<p>naïve café</p>"
    assert (page.charset, page.source) == ("windows-1252", "fallback; http said utf-8")


def test_a_few_broken_bytes_do_not_discredit_utf8() -> None:
    wire = (RUSSIAN * 20).encode() + b"\xd0"

    page = decoded_page(wire, http("utf-8"))

    assert page.text == RUSSIAN * 20 + "�"
    assert (page.charset, page.source) == ("utf-8", "http")


def test_a_meta_that_fits_outweighs_a_header_that_does_not() -> None:
    wire = b'<meta charset="shift_jis">' + (JAPANESE * 10).encode("cp932")

    page = decoded_page(wire, http("utf-8"))

    assert page.text.endswith(JAPANESE)
    assert (page.charset, page.source) == ("shift_jis", "meta")


@pytest.mark.parametrize("label", ["utf-7", "unicode_escape", "punycode", "bogus", "rot13", ""])
def test_promise_20_a_label_that_no_browser_knows_is_no_label(label: str) -> None:
    page = decoded_page(b"<p>+ADw-script+AD4- \\u0041</p>", http(label))

    assert page.text == "<p>+ADw-script+AD4- \\u0041</p>"
    assert page.charset == "utf-8"


def test_a_meta_in_a_comment_declares_nothing() -> None:
    wire = b'<!-- <meta charset="koi8-r"> -->' + "<p>naïve</p>".encode("cp1252")

    assert decoded_page(wire).charset == "windows-1252"


def test_a_meta_that_says_utf16_in_ascii_means_utf8() -> None:
    assert decoded_page(b'<meta charset="utf-16"><p>plain</p>').charset == "utf-8"


def test_headers_may_be_a_mapping_of_any_case() -> None:
    wire = RUSSIAN.encode("cp1251")

    page = decoded_page(wire, {"Content-Type": 'text/html; Charset="windows-1251"'})

    assert page.text == RUSSIAN


def test_every_label_leads_to_a_codec_of_this_python() -> None:
    for name in ENCODINGS:
        assert "a".encode(codec_of(name)).decode(codec_of(name)) == "a"
        assert encoding_named(f" {name.upper()} ") == name or name == "x-user-defined"


@given(st.binary(max_size=400), st.sampled_from(["", "utf-8", "gb18030", "shift_jis", "cp1251"]))
def test_promise_20_no_bytes_raise_and_none_leave_nuls_or_lone_surrogates(
    body: bytes, label: str
) -> None:
    page = decoded_page(body, http(label))

    assert "\0" not in page.text
    page.text.encode("utf-8")

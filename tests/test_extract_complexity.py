"""Pages too complex to parse: what a quick count of tags lets pass, a scan lets pass as well."""

from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.extract.complexity import MAX_ATTRIBUTES, MAX_DEPTH, complaint_about

DEEP = "<div>" * (MAX_DEPTH - 3)
PARTS = (
    "<div>", "</div>", "<b", "<p>", "<i/>", "<DIV>", "</DIV>", "<my-el>", "</my-el>", "<script>",
    "</script>", "<SCRIPT src=x>", "</Script>", "<style x>", "</style>", "<title>", "</title >",
    "<xmp>", "</xmp>", "<!--", "-->", '"', "'", ' x="<div>"', " y='</div>'", "<a href='x'>", ">",
    "<", "/", "=", " ", "text",
)  # fmt: skip
MARKUP = st.lists(st.sampled_from(PARTS), max_size=40).map("".join)
SLOWLY = " " * 1_000_001  # beyond this length, pages are scanned tag by tag


@settings(max_examples=60, deadline=None)
@given(MARKUP)
def test_a_page_passes_the_quick_count_only_where_the_scan_finds_nothing(markup: str) -> None:
    page = DEEP + markup

    if complaint_about(page) is None:
        assert complaint_about(page + "</xmp></title></style></script>-->" + SLOWLY) is None


def test_a_tag_with_too_many_attributes_is_found_wherever_its_quotes_end() -> None:
    few = " a='>' b=\"'\" c" * 20
    many = " a='>' b" * MAX_ATTRIBUTES

    assert complaint_about(f"<p{few}>text") is None
    assert complaint_about(f"<p{few}><i{many}>text") is not None
    assert complaint_about(f"<script{many}>text") is not None
    assert complaint_about(f"<script>'<i{many}>'</script>text") is None


def test_what_scripts_and_comments_hold_does_not_close_what_is_open() -> None:
    hidden = "<script>'</div>'</script><!-- </div> --><i title='</div>'></i>"
    page = ("<div>" + hidden) * (MAX_DEPTH + 1)

    assert complaint_about(page) == f"elements nested more than {MAX_DEPTH:,} deep"

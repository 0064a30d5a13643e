"""Pages of the demo's outlets, read by what was learnt from them, are what a person wrote down."""

from pathlib import Path

import pytest

from scraper.extract import extract_article, learn_template

NEWSSTAND = Path(__file__).parent / "newsstand"
OUTLETS = ["karvela-world", "saltmarsh-notebook", "veldhaven-courier", "yalvara-english"]


@pytest.mark.parametrize("outlet", OUTLETS)
def test_gates_and_names_that_one_page_alone_has_are_no_story(outlet: str) -> None:
    files = [
        file
        for file in sorted((NEWSSTAND / outlet).glob("*.html"))
        if file.with_suffix(".txt").exists()
    ]
    urls = [f"http://{outlet}.example/{file.stem}-{n}" for n, file in enumerate(files)]
    pages = [(file.read_bytes(), url) for file, url in zip(files, urls, strict=True)]

    template = learn_template(pages)

    for file, (html, url) in zip(files, pages, strict=True):
        article = extract_article(html, url, template=template)
        assert article is not None
        assert article.text == file.with_suffix(".txt").read_text(encoding="utf-8")

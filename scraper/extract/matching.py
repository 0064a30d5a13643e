"""How much of a page each selector of a rule chooses.

It reads no article and gives no verdicts; that is `rules` and `verdicts`.
"""

from collections.abc import Iterable, Mapping

from selectolax.lexbor import LexborHTMLParser

from scraper.extract.decode import Headers, decoded_page
from scraper.extract.rules import Chooser


def matches_on(
    html: bytes, selectors: Iterable[str], *, headers: Headers = None
) -> Mapping[str, int]:
    """Return the number of elements that each selector chooses on a page.

    Raises:
        ConfigError: a selector cannot be used.
    """
    page = Chooser(LexborHTMLParser(decoded_page(html, headers).text))
    return {selector: len(page.hits(selector, "body")) for selector in selectors}

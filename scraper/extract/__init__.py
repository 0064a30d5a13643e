"""Articles out of pages: `extract_article` reads one page in this process, `Extractor` many safely.

Nothing here fetches or stores.
"""

from scraper.extract.article import extract_article
from scraper.extract.pool import Extractor
from scraper.extract.sniff import is_html

__all__ = ["Extractor", "extract_article", "is_html"]

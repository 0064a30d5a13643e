"""Articles out of pages: `extract_article` reads one page in this process, `Extractor` many safely;
`learn_template` finds out what the pages of one outlet have in common.

Nothing here fetches or stores.
"""

from scraper.extract.article import extract_article
from scraper.extract.pool import Extractor
from scraper.extract.sniff import is_html
from scraper.extract.template.learn import learn_template

__all__ = ["Extractor", "extract_article", "is_html", "learn_template"]

"""Where outlets keep feeds and sitemaps that no page names: the habits of publishing systems.

No outlet is named here.
"""

from urllib.parse import urljoin

# The most usual first: the asking ends at the first that answers.
FEEDS = (
    "/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feeds/posts/default",
    "/feeds/news.xml", "/rss/news", "/rss/latest-news.xml", "/feed.json",
)  # fmt: skip
SITEMAPS = (
    "/sitemap.xml", "/sitemap_index.xml", "/news-sitemap.xml", "/sitemap-news.xml",
    "/sitemap-index.xml", "/sitemap.xml.gz",
)  # fmt: skip


def places_at(home: str, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return the URLs of well-known paths, at the root of a home page's host."""
    return tuple(urljoin(home, path) for path in paths)

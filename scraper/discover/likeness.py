"""How article-like a link of a section page looks, by its URL and its anchor, in points.

It knows the habits of news sites, in several languages, and no site by its name. What decides is
evidence in sum: a date or a number in the path, a slug, an anchor that reads like a headline.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

FULL_SCORE = 10  # points that make a link certain

_DAY = re.compile(
    r"/(?:19|20)\d\d[/-]?(?:0?[1-9]|1[0-2])[/-]?(?:[0-2]?\d|3[01])(?=[/_-]|\d{0,6}\b)"
)
_MONTH = re.compile(r"/(?:19|20)\d\d[/-](?:0[1-9]|1[0-2]|[a-z]{3})/")
_EXTENSION = re.compile(r"\.(?:s?html?|php|aspx?|jsp|ece|cms|story|amp)$", re.IGNORECASE)
_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|ico|pdf|mp[34]|m4a|webm|zip|gz|xml|rss|atom|json|css|js|ics|apk|"
    r"docx?|xlsx?|epub)$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?:^|[-_.,a-z])\d{4,}(?:$|[-_.,])", re.IGNORECASE)
_HASH = re.compile(r"(?:^|[-_])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}$", re.IGNORECASE)
_ID_QUERY = re.compile(r"(?:^|&)(?:id|p|article|story|news|aid|nid|newsid)=\d{2,}")
_SLUG_POINTS = {0: 0, 1: 0, 2: 0, 3: 2, 4: 3}  # by words; beyond them 4
_ANCHOR_POINTS = {3: 0, 4: 2}  # by words; beyond them 3
_YEAR = re.compile(r"(?:19|20)\d\d$")
_WORD = re.compile(r"[^\W\d_]{2,}")
_LONG_SLUG = 5  # words: a headline, and nobody's name for a page of the site's own
_PAGE = re.compile(r"(?:page|paged|p|seite|pagina|página|sayfa|stranica|strona)[-_]?\d{1,3}$")
_PAGE_QUERY = re.compile(r"(?:^|&)(?:page|paged|pg|offset|start|sayfa|seite|pagina)=\d*(?:&|$)")
# Scripts that write without spaces: two characters of theirs stand for a word.
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")

# A segment of the path by which sites name what is no article. These name lists of articles, and a
# slug that follows is the name of a tag or a person.
_LISTS = frozenset(
    {
        "tag", "tags", "topic", "topics", "author", "authors", "category", "categories",
        "keyword", "keywords", "search", "contributor", "contributors", "profile",
        "profiles", "user", "columnist", "columnists", "schlagwort", "schlagworte", "thema",
        "themen", "autor", "autoren", "autorin", "suche", "auteur", "auteurs", "rubrique",
        "mot-cle", "mots-cles", "recherche", "etiqueta", "etiquetas", "autores",
        "categoria", "categorias", "tema", "temas", "buscar", "temática", "autore",
        "autori", "argomento", "argomenti", "cerca", "etiket", "etiketler", "yazar",
        "yazarlar", "kategori", "arama", "konu", "teg", "tegi", "avtor", "avtory",
        "rubrika", "rubriki", "razdel", "temy", "poisk", "tagi", "autorzy", "kategoria",
        "szukaj",
    }
)  # fmt: skip
# And these name what serves the site itself.
_SERVICE = frozenset(
    {
        "login", "signin", "sign-in", "signup", "sign-up", "register", "registration", "logout",
        "account", "my-account", "subscribe", "subscription", "subscriptions", "newsletter",
        "newsletters", "donate", "support-us", "membership", "about", "about-us", "contact",
        "contact-us", "contacts", "privacy", "privacy-policy", "terms", "terms-of-use",
        "terms-of-service", "cookies", "cookie-policy", "imprint", "advertise", "advertising",
        "faq", "rss", "feeds", "feed", "sitemap", "widget", "embed", "wp-login.php", "wp-admin",
        "cart", "masthead", "ethics-policy", "corrections-policy", "anmelden", "abo", "abos",
        "abonnement", "impressum", "datenschutz", "kontakt", "ueber-uns", "agb", "hilfe",
        "connexion", "inscription", "mentions-legales", "nous-contacter", "a-propos",
        "abonnements", "iniciar-sesion", "suscripcion", "suscribete", "suscripciones",
        "contacto", "aviso-legal", "quienes-somos", "ayuda", "accedi", "abbonamenti",
        "contatti", "chi-siamo", "giris", "uye-ol", "uyelik", "kunye", "iletisim", "gizlilik",
        "hakkimizda", "abonelik", "vhod", "registraciya", "podpiska", "kontakty", "o-nas",
        "reklama", "o-proekte",
    }
)  # fmt: skip
# These are sections of stories as well: a headline's slug tells.
_BOTH = frozenset(
    {
        "jobs", "careers", "archive", "archives", "shop", "store", "app", "apps", "share",
        "comments", "print", "legal", "staff", "team", "help",
    }
)  # fmt: skip


def is_ruled_out(url: str) -> bool:
    """Say whether a URL cannot be an article: a front, a list, a service, a file, a later page."""
    parts = urlsplit(url)
    segments = _segments(parts.path)
    if not segments and not parts.query:
        return True
    if _FILE.search(parts.path) or _PAGE_QUERY.search(parts.query):
        return True
    if _DAY.search(parts.path) or _MONTH.search(parts.path):
        return False
    if not _LISTS.isdisjoint(segments) or (segments and _is_later_page(segments)):
        return True
    if not _SERVICE.isdisjoint(segments):
        return True
    return not _BOTH.isdisjoint(segments) and len(_WORD.findall(segments[-1])) < _LONG_SLUG


def _segments(path: str) -> list[str]:
    return [segment for segment in unquote(path).lower().split("/") if segment]


def _is_later_page(segments: list[str]) -> bool:
    if _PAGE.match(segments[-1]):
        return True
    named = len(segments) > 1 and segments[-1].isdecimal() and len(segments[-1]) < 4
    return named and segments[-2] in {"page", "seite", "pagina", "página", "sayfa", "strona"}


def points_of_url(url: str) -> int:
    """Return the points for what stands in a URL."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    return sum(_url_points(path, parts.query))


def _url_points(path: str, query: str) -> Iterator[int]:
    segments = [segment for segment in path.split("/") if segment]
    last = _EXTENSION.sub("", segments[-1]) if segments else ""
    if _DAY.search(path):
        yield 4
    elif _MONTH.search(path):
        yield 3
    has_number = _NUMBER.search(last) or _HASH.search(last)
    if (
        (has_number and not _YEAR.match(last))
        or any(segment.isdecimal() and len(segment) >= 5 for segment in segments)
        or _ID_QUERY.search(query.lower())
    ):
        yield 3
    yield _SLUG_POINTS.get(len(_WORD.findall(last.replace("_", "-"))), 4)
    if segments and _EXTENSION.search(segments[-1]):
        yield 1


def points_of_anchor(text: str) -> int:
    """Return the points for an anchor that reads like a headline; the name of a section costs."""
    words = len(text.split()) + len(_UNSPACED.findall(text)) // 2
    if words <= 2:
        return -2 if text else 0
    return _ANCHOR_POINTS.get(words, 3)

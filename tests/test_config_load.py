"""Reading sources.toml: what it becomes, and what a maintainer is told where it is wrong."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from scraper.config import Defaults, empty_sources, load_sources, outlet_for
from scraper.errors import ConfigError, ConfigErrors
from scraper.model import AlarmPolicy, FetchPolicy, Outlet, Rule, Source

WHOLE = """
[defaults]
contact = "archive@example.org"
delay = "3s"
every = "20m"
every_min = "5m"
every_max = "12h"
archive = "kept"
catalog = "postgresql://db.example/archive"
store = "s3://bucket/news"
metrics = "127.0.0.1:9464"
keep_free = "1.5GB"
timestamp = "https://tsa.example/"

[[outlet]]
id = "times"
name = "The Times"
home = "https://WWW.Times.example"
language = "en-GB"
tags = ["one", "two"]
delay = "10s"
every = "0  6 * * mon"

[[outlet.source]]
type = "section"
url = "https://www.times.example/world"
links = "h2 a"
allow = ["*/20*"]
deny = ["*/video/*"]
every = "1h"
max_new = 50

[outlet.fetch]
timeout = "1m30s"
max_bytes = 1_000
headers = { Accept-Language = "en" }
cookie_env = "TIMES_COOKIE"
robots = "report"
user_agent_suffix = "partner/1"
requisites = true
pages = false
ignore_cache = true
verify_tls = false
allow_private = ["127.0.0.0/8", "::1"]
recheck = ["1h", "6h"]

[[outlet.rules]]
valid_from = 2020-01-01
valid_until = 2021-12-31
match = "*/20*/*"
title = "h1"
body = ["article .content", "//main"]
strip = [".promo"]
strip_text = ["^Advertisement$"]
keep = [".note"]
origin = "ftr:times.example.txt"

[outlet.alarm]
quiet_after = "3d"
length_drop = 0.5
rule_misses = 3
notify = ["mailto://desk@example.org"]

[[outlet]]
id = "plain"
name = "Plain"
home = "https://plain.example/"
"""

OUTLET = """\
[[outlet]]
id = "times"
name = "The Times"
home = "https://times.example/"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sources.toml"


def errors_of(file: Path, text: str) -> tuple[ConfigError, ...]:
    """Return what reading a text complains of, in the order in which it is told."""
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_sources(file)
    return caught.value.errors if isinstance(caught.value, ConfigErrors) else (caught.value,)


def test_every_key_becomes_its_value(file: Path) -> None:
    file.write_text(WHOLE)

    sources = load_sources(file)

    assert sources.defaults == Defaults(
        contact="archive@example.org",
        delay=timedelta(seconds=3),
        every=timedelta(minutes=20),
        every_min=timedelta(minutes=5),
        every_max=timedelta(hours=12),
        archive=Path("kept"),
        catalog="postgresql://db.example/archive",
        store="s3://bucket/news",
        metrics="127.0.0.1:9464",
        keep_free=1_500_000_000,
        timestamp="https://tsa.example/",
    )
    assert sources.problems == ()
    assert sources.outlets[0] == Outlet(
        id="times",
        name="The Times",
        home="https://www.times.example/",
        language="en-GB",
        tags=("one", "two"),
        delay=timedelta(seconds=10),
        delay_is_own=True,
        every="0 6 * * mon",
        sources=(
            Source(
                type="section",
                url="https://www.times.example/world",
                links="h2 a",
                allow=("*/20*",),
                deny=("*/video/*",),
                every=timedelta(hours=1),
                max_new=50,
            ),
        ),
        fetch=FetchPolicy(
            timeout=timedelta(seconds=90),
            max_bytes=1000,
            headers=(("Accept-Language", "en"),),
            cookie_env="TIMES_COOKIE",
            robots="report",
            user_agent_suffix="partner/1",
            requisites=True,
            pages=False,
            ignore_cache=True,
            verify_tls=False,
            allow_private=("127.0.0.0/8", "::1"),
            recheck=(timedelta(hours=1), timedelta(hours=6)),
        ),
        rules=(
            Rule(
                valid_from=date(2020, 1, 1),
                valid_until=date(2021, 12, 31),
                match="*/20*/*",
                title="h1",
                body=("article .content", "//main"),
                strip=(".promo",),
                strip_text=("^Advertisement$",),
                keep=(".note",),
                origin="ftr:times.example.txt",
            ),
        ),
        alarm=AlarmPolicy(
            quiet_after=timedelta(days=3),
            length_drop=0.5,
            rule_misses=3,
            notify=("mailto://desk@example.org",),
        ),
    )


def test_an_outlet_that_says_nothing_has_the_defaults_of_the_file(file: Path) -> None:
    file.write_text(WHOLE)

    plain = load_sources(file).outlets[1]

    assert plain == Outlet(
        id="plain",
        name="Plain",
        home="https://plain.example/",
        delay=timedelta(seconds=3),
        delay_is_own=False,
        every=timedelta(minutes=20),
    )


def test_empty_tables_have_the_defaults_of_the_model(file: Path) -> None:
    file.write_text(f"{OUTLET}[outlet.fetch]\n[outlet.alarm]\n[[outlet.rules]]\n[defaults]\n")

    sources = load_sources(str(file))

    assert sources.defaults == Defaults()
    assert sources.outlets[0].fetch == FetchPolicy()
    assert sources.outlets[0].alarm == AlarmPolicy()
    assert sources.outlets[0].rules == (Rule(),)


def test_a_file_of_comments_and_no_file_at_all_have_no_outlets(file: Path) -> None:
    file.write_text("# nothing yet\n")

    assert load_sources(file).outlets == empty_sources().outlets == ()
    assert load_sources(file).defaults == empty_sources().defaults


def test_an_empty_file_is_what_a_failed_save_leaves_and_is_refused(file: Path) -> None:
    for empty in ("", "\n \n"):
        (error,) = errors_of(file, empty)

        assert (error.line, "bring back" in error.problem) == (1, True)


def test_a_byte_order_mark_is_no_error(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + OUTLET.encode())

    assert load_sources(file).outlets[0].id == "times"


@pytest.mark.parametrize(
    ("text", "line", "table", "key", "problem"),
    [
        # unknown keys name the nearest one, or the table where they belong
        ('tpye = "feed"', 5, "[[outlet]]", "tpye", "the nearest known key is 'tags'"),
        ('langauge = "en"', 5, "[[outlet]]", "langauge", "did you mean 'language'?"),
        ('\n\n"De lay" = "2s"', 7, "[[outlet]]", "De lay", "did you mean 'delay'?"),
        ('timeout = "3s"', 5, "[[outlet]]", "timeout", "it belongs in [outlet.fetch]"),
        ("[outlet.fetch]\nmax_byte = 1", 6, "[outlet.fetch]", "max_byte", "mean 'max_bytes'?"),
        ("[outlet.fetc]\na = 1", 5, "[[outlet]]", "fetc", "did you mean 'fetch'?"),
        ("[[outlet.rule]]", 5, "[[outlet]]", "rule", "did you mean 'rules'?"),
        ("fetch.robot = 1", 5, "[outlet.fetch]", "robot", "did you mean 'robots'?"),
        ("[[outlets]]", 5, None, "outlets", "did you mean 'outlet'?"),
        ("[defaults]\nevery_mx = '1d'", 6, "[defaults]", "every_mx", "mean 'every_max'?"),
        ("[outlet.alarm]\nquiet = '1d'", 6, "[outlet.alarm]", "quiet", "mean 'quiet_after'?"),
        # wrong types say what is meant
        ("tags = 'x'", 5, "[[outlet]]", "tags", 'a list in brackets, like ["russia"]'),
        ("tags = [\n'x',\n3]", 7, "[[outlet]]", "tags", 'a text in quotes, like "russia"'),
        ("language = true", 5, "[[outlet]]", "language", "here it is true or false"),
        ("fetch = 3", 5, "[[outlet]]", "fetch", "write it as [outlet.fetch]"),
        ("[[outlet.fetch]]", 5, "[[outlet]]", "fetch", "write it as [outlet.fetch]"),
        ("[outlet.rules]", 5, "[[outlet]]", "rules", "write it as [[outlet.rules]]"),
        ("[outlet.source]", 5, "[[outlet]]", "source", "write it as [[outlet.source]]"),
        ("[outlet.fetch]\nmax_bytes = 1.5", 6, "[outlet.fetch]", "max_bytes", "a fraction"),
        ("[outlet.fetch]\nmax_bytes = true", 6, "[outlet.fetch]", "max_bytes", "a whole number"),
        ("[outlet.fetch]\nrequisites = 1", 6, "[outlet.fetch]", "requisites", "true or false"),
        # bounds and forms
        ("delay = 2", 5, "[[outlet]]", "delay", 'write "2s" where seconds are meant'),
        ("delay = '2 s'", 5, "[[outlet]]", "delay", "is no duration; write it like"),
        ("every = '0s'", 5, "[[outlet]]", "every", "longer than nothing"),
        ("every = '61 * * * *'", 5, "[[outlet]]", "every", "'61' is no minute"),
        ("language = 'english'", 5, "[[outlet]]", "language", 'like "en"'),
        ("tags = ['']", 5, "[[outlet]]", "tags", "it is empty"),
        ("tags = ['a\\u0007']".replace("'", '"'), 5, "[[outlet]]", "tags", "control characters"),
        ("[outlet.fetch]\nmax_bytes = 0", 6, "[outlet.fetch]", "max_bytes", "greater than or"),
        ("[outlet.fetch]\nrobots = 'no'", 6, "[outlet.fetch]", "robots", "'obey' or 'report'"),
        (
            "[outlet.fetch]\nallow_private = [\n'10.0.0.1/8']",
            7,
            "[outlet.fetch]",
            "allow_private",
            "host bits set",
        ),
        (
            "[outlet.fetch]\nallow_private = ['all']",
            6,
            "[outlet.fetch]",
            "allow_private",
            "address range like",
        ),
        ("[outlet.fetch]\nrecheck = ['6h', '1h']", 6, "[outlet.fetch]", "recheck", "must rise"),
        ("[outlet.fetch.headers]\n'X y' = ''", 6, "[outlet.fetch]", "headers.X y", "RFC 9110"),
        ("[outlet.fetch.headers]\nhost = ''", 6, "[outlet.fetch]", "headers.host", "itself"),
        (
            '[outlet.fetch]\nheaders = { X = "a\\r\\nY: b" }',
            6,
            "[outlet.fetch]",
            "headers.X",
            "one line",
        ),
        (
            "[[outlet.rules]]\nvalid_from = 2021-01-01\nvalid_until = 2020-12-31",
            7,
            "[[outlet.rules]]",
            "valid_until",
            "2020-12-31 is before valid_from (2021-01-01)",
        ),
        (
            "[[outlet.rules]]\nvalid_from = '2021-01-01'",
            6,
            "[[outlet.rules]]",
            "valid_from",
            "without quotes, like 2020-01-01",
        ),
        (
            "[[outlet.rules]]\nvalid_from = 2021-01-01T00:00:00Z",
            6,
            "[[outlet.rules]]",
            "valid_from",
            "a date without quotes",
        ),
        ("[[outlet.rules]]\norigin = 'me'", 6, "[[outlet.rules]]", "origin", 'like "hand"'),
        ("[outlet.alarm]\nlength_drop = 0", 6, "[outlet.alarm]", "length_drop", "greater than 0"),
        ("[outlet.alarm]\nlength_drop = 1.5", 6, "[outlet.alarm]", "length_drop", "equal to 1"),
        ("[outlet.alarm]\nnotify = ['desk']", 6, "[outlet.alarm]", "notify", 'like "mailto://'),
        (
            "[outlet.alarm]\nnotify = ['mailto://a:b@c.example']",
            6,
            "[outlet.alarm]",
            "notify",
            "${",
        ),
        # sources
        ("[[outlet.source]]\ntype = 'feed'", 5, "[[outlet.source]]", "url", "is required, like"),
        (
            "[[outlet.source]]\ntype = 'rss'\nurl = 'https://a.example'",
            6,
            "[[outlet.source]]",
            "type",
            "'feed', 'sitemap', 'news-sitemap' or 'section'",
        ),
        (
            "[[outlet.source]]\ntype = 'feed'\nurl = 'ftp://a.example'",
            7,
            "[[outlet.source]]",
            "url",
            "does not start with http:// or https://",
        ),
        (
            "[[outlet.source]]\ntype = 'feed'\nurl = 'https://a.example'\nlinks = 'a'",
            8,
            "[[outlet.source]]",
            "links",
            'only a source of type "section" has links, not a feed',
        ),
        (
            "[[outlet.source]]\ntype = 'feed'\nurl = 'https://a.example'\n" * 2,
            10,
            "[[outlet.source]]",
            "url",
            "the outlet has this source already",
        ),
        # outlets
        (OUTLET, 6, "[[outlet]]", "id", "another outlet has the id 'times', at "),
        ("[defaults]\nevery_min = '2d'", 5, "[defaults]", "every_max", "shorter than every_min"),
        ("[defaults]\ncontact = 'me'", 6, "[defaults]", "contact", "an e-mail address"),
        ("[defaults]\nevery = 15", 6, "[defaults]", "every", 'write "15s"'),
    ],
)
def test_promise_28_an_error_names_line_table_and_key(
    file: Path, text: str, line: int, table: str | None, key: str, problem: str
) -> None:
    (error,) = errors_of(file, OUTLET + text)

    assert (error.file, error.line, error.table, error.key) == (file, line, table, key)
    assert problem in error.problem
    assert str(error).startswith(f"{file}:{line}: ")
    assert f"key '{key}'" in str(error)


@pytest.mark.parametrize("key", ["id", "name", "home"])
def test_a_missing_key_is_told_at_the_head_of_its_table(file: Path, key: str) -> None:
    lines = [line for line in OUTLET.splitlines() if not line.startswith(key)]

    (error,) = errors_of(file, "\n".join(["# first", *lines]))

    assert (error.line, error.table, error.key) == (2, "[[outlet]]", key)
    assert f"this key is required, like {key} = " in error.problem


@pytest.mark.parametrize("name", ["", "The-Times", "a_b", "-a", "a-", "a/b", "..", "ä", "a" * 65])
def test_an_id_that_is_no_folder_name_is_refused(file: Path, name: str) -> None:
    (error,) = errors_of(file, OUTLET.replace('"times"', f'"{name}"'))

    assert (error.line, error.key) == (2, "id")


@pytest.mark.parametrize("home", ["times.example", "https://", "https://a.example:99999/", "/a"])
def test_a_home_that_is_no_url_is_refused(file: Path, home: str) -> None:
    (error,) = errors_of(file, OUTLET.replace("https://times.example/", home))

    assert (error.line, error.key) == (4, "home")


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ('[outlet.fetch]\ncookie_env = "session=CANARY"', "cookie_env"),
        ('[[outlet.source]]\ntype = "feed"\nurl = "https://me:CANARY@a.example/"', "password"),
        ('[outlet.fetch]\nheaders = { Authorization = " CANARY" }', "outer spaces"),
        ('[outlet.fetch]\nheaders = { Authorization = ["CANARY"] }', "a text in quotes"),
    ],
)
def test_a_secret_is_not_repeated_in_the_message(file: Path, line: str, secret: str) -> None:
    (error,) = errors_of(file, OUTLET + line)

    assert secret in str(error)
    assert "CANARY" not in str(error)
    assert "CANARY" not in repr(error)


def test_the_outlet_is_named_by_its_id(file: Path) -> None:
    (error,) = errors_of(
        file, f'{OUTLET}[[outlet.source]]\ntype = "feed"\nurl = "https://a"\nlnks="a"'
    )

    assert error.outlet == "times"
    assert f"{file}:8: outlet 'times', [[outlet.source]] key 'lnks': unknown key" in str(error)


def test_all_errors_are_told_at_once_in_the_order_of_the_file(file: Path) -> None:
    errors = errors_of(
        file,
        '[[outlet]]\nid = "a"\nname = 1\nhome = "https://a.example/"\n'
        '[outlet.fetch]\ntimeot = "3s"\n'
        '[[outlet]]\nid = "a"\nname = "A"\nhome = "nowhere"\n'
        "[default]\n",
    )

    assert [(error.line, error.key) for error in errors] == [
        (3, "name"),
        (6, "timeot"),
        (8, "id"),
        (10, "home"),
        (11, "default"),
    ]
    with pytest.raises(ConfigErrors) as caught:
        load_sources(file)
    assert str(caught.value).splitlines() == [str(error) for error in errors]
    assert (caught.value.line, caught.value.key, caught.value.exit_code) == (3, "name", 2)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a = 1\nb = "open\n', 2),
        ("a = 1\na = 2\n", 2),
        ("[a]\n[b]\n[a]\n", 3),
        ('a = """\n\n\n', 4),
        ("\n\na = = 1", 3),
        ("a = 2020-13-01", 1),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(file: Path, text: str, line: int) -> None:
    (error,) = errors_of(file, text)

    assert (error.file, error.line) == (file, line)
    assert str(error).startswith(f"{file}:{line}: this is no TOML: ")
    assert "at line" not in error.problem


def test_what_is_nested_without_end_is_refused(file: Path) -> None:
    (error,) = errors_of(file, "a = " + "[" * 100_000)

    assert "no TOML" in error.problem


def test_what_is_not_utf8_is_told_with_its_line(file: Path) -> None:
    file.write_bytes(b'a = "x"\nb = "caf\xe9"\n')

    with pytest.raises(ConfigError, match="save it as UTF-8") as caught:
        load_sources(file)

    assert caught.value.line == 2


def test_a_missing_file_says_what_to_do(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"--sources or \$SCRAPER_SOURCES") as caught:
        load_sources(file)

    assert (caught.value.file, caught.value.line) == (file, None)


def test_a_folder_in_its_place_is_an_error_of_the_maintainer(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_sources(tmp_path)


BROKEN = """
[[outlet]]
id = "{id}"
name = "x"
home = "https://{id}.example/"
[[outlet.rules]]
title = "h1"
[[outlet.rules]]
{rule}
"""


@pytest.mark.parametrize(
    ("rule", "line", "key"),
    [
        ('title = "h1["', 16, "title"),
        ('title = "//h1["', 16, "title"),
        ('body = ["article", "p::before"]', 16, "body"),
        ('strip = [\n".ok",\n"(//p"]', 18, "strip"),
        ('strip_text = [\n"^ok",\n\n"("]', 19, "strip_text"),
        ('keep = [""]'.replace('""', '" "'), 16, "keep"),
        (f'strip_text = ["{"a" * 1001}"]', 16, "strip_text"),
    ],
)
def test_promise_28_a_broken_rule_disables_its_outlet_only(
    file: Path, rule: str, line: int, key: str
) -> None:
    broken = BROKEN.format(id="broken", rule=rule)
    file.write_text(OUTLET + "# x\n# x\n# x\n" + broken + BROKEN.format(id="sound", rule=""))

    sources = load_sources(file)

    assert [outlet.id for outlet in sources.outlets] == ["times", "sound"]
    (problem,) = sources.problems
    assert (problem.file, problem.line, problem.table, problem.key, problem.outlet) == (
        file,
        line,
        "[[outlet.rules]]",
        key,
        "broken",
    )
    assert str(problem).startswith(f"{file}:{line}: outlet 'broken', [[outlet.rules]] key '{key}'")


def test_promise_28_a_broken_links_selector_disables_its_outlet_only(file: Path) -> None:
    section = '[[outlet.source]]\ntype = "section"\nurl = "https://a.example/"\nlinks = "//a"\n'
    file.write_text(OUTLET + section + OUTLET.replace("times", "other"))

    sources = load_sources(file)

    assert [outlet.id for outlet in sources.outlets] == ["other"]
    assert [(p.line, p.table, p.key, p.outlet) for p in sources.problems] == [
        (8, "[[outlet.source]]", "links", "times")
    ]


def test_every_broken_expression_of_an_outlet_is_told(file: Path) -> None:
    file.write_text(f'{OUTLET}[[outlet.rules]]\ntitle = "["\nstrip = ["[", "("]\n')

    assert [problem.line for problem in load_sources(file).problems] == [6, 7, 7]


def test_two_thousand_outlets_are_one_file(file: Path) -> None:
    ids = [f"outlet-{number}" for number in range(2000)]
    file.write_text("\n".join(OUTLET.replace("times", name) for name in ids))

    sources = load_sources(file)

    assert [outlet.id for outlet in sources.outlets] == ids
    assert outlet_for(sources, "https://m.outlet-1999.example/a") is sources.outlets[1999]


def test_a_number_of_more_digits_than_python_reads_is_refused(file: Path) -> None:
    (error,) = errors_of(file, f"number = {'9' * 5_000}")

    assert "too many digits" in error.problem

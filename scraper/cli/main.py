"""The `scraper` command: finds the command that was asked for, turns errors into exit codes.

It does none of the work, and imports a command's module only when that command is called, so that
`scraper --help` answers at once.
"""

import importlib
import signal
import sys
from collections.abc import Sequence
from io import StringIO
from types import FrameType

import click

from scraper import __version__
from scraper.cli.logs import configure
from scraper.cli.terminal import say_error
from scraper.errors import ScraperError, Stopped

# command -> (module, one line for the overview); the module is imported on first use
COMMANDS = {
    "fetch": ("scraper.cli.fetch", "Capture articles by URL: WARC, clean text, catalog."),
    "backfill": ("scraper.cli.backfill", "Capture an outlet's past through its sitemaps."),
    "run": ("scraper.cli.run", "The daemon: archive all outlets on schedule."),
    "status": ("scraper.cli.status", "How every outlet fares: last pass, new, failed, alarms."),
    "extract": ("scraper.cli.extract", "Print the clean text of a page; nothing is written."),
    "list": ("scraper.cli.list", "List what the archive holds."),
    "search": ("scraper.cli.search", "Find texts by the words in them."),
    "show": ("scraper.cli.show", "Show one article: text, metadata, captures, who stripped what."),
    "history": ("scraper.cli.history", "The versions of an article's text, oldest first."),
    "diff": ("scraper.cli.diff", "What changed from one version of an article to another."),
    "outlets": (
        "scraper.cli.outlets.group",
        "Look at, check and maintain the outlets of sources.toml.",
    ),
    "rules": (
        "scraper.cli.rules.group",
        "Propose rules, try them on recorded pages, turn captures into tests.",
    ),
    "verify": ("scraper.cli.verify", "Is everything still what was written? Records, texts, rows."),
    "import": ("scraper.cli.import_", "Take in the articles of WARC files that others made."),
    "reextract": ("scraper.cli.reextract", "Read captures again with today's rules."),
    "rebuild": ("scraper.cli.rebuild", "Make a lost catalog again from the WARC files."),
    "export": ("scraper.cli.export", "Write texts, tables, indexes and WACZ for other tools."),
    "serve": ("scraper.cli.serve", "The archive in a browser on this machine, with replay."),
    "demo": ("scraper.cli.demo", "Run the whole line against a small newsstand on this machine."),
}

EXIT_CODES = """\
\b
Exit codes:
  0 done                        4 database unavailable
  1 something could not be done 5 damage found
  2 wrong usage, configuration  6 already running
  3 disk full                   130/143 stopped by a signal, cleanly
"""


class LazyGroup(click.Group):
    """A click group that knows its commands' names and imports each only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="scraper %(version)s")
@click.option(
    "-v", "--verbose", count=True, help="Log decisions on stderr (-vv: the wire as well)."
)
@click.option("--log-json", is_flag=True, help="Log one JSON object a line, time in UTC.")
def cli(verbose: int, log_json: bool) -> None:
    """Archive what news outlets published: byte-exact WARC and clean text, side by side.

    \b
    Example:
      scraper fetch https://www.example.org/2026/03/01/some-article
      scraper list
      scraper show 1 --explain
    """
    configure(verbose, as_json=log_json)


def _stop(signum: int, frame: FrameType | None) -> None:
    raise Stopped


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with one of the documented exit codes."""
    signal.signal(signal.SIGTERM, _stop)
    sys.exit(_exit_code(arguments))


def _exit_code(arguments: Sequence[str] | None) -> int:
    try:
        code = cli.main(args=arguments, prog_name="scraper", standalone_mode=False)
    except click.exceptions.Exit as exc:
        return exc.exit_code
    except click.ClickException as exc:
        said = StringIO()  # it quotes what it was given, which may be a page's words
        exc.show(said)
        say_error(said.getvalue())
        return exc.exit_code
    except ScraperError as exc:
        say_error(str(exc))
        return exc.exit_code
    except (KeyboardInterrupt, click.Abort):
        say_error("stopped by Ctrl-C; what was captured until then is kept")
        return 130
    except Stopped:
        say_error("stopped by SIGTERM; what was captured until then is kept")
        return 143
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    main()

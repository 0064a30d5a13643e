"""What `scraper rules test` and `scraper rules freeze` do."""

from collections.abc import Sequence
from pathlib import Path

import click

from scraper.cli.rules.suggesting import outlet_named
from scraper.cli.stopping import run
from scraper.cli.terminal import safe, safe_block, say, say_error, say_json
from scraper.config import Sources
from scraper.extract import Extractor
from scraper.model import Outlet
from scraper.read import read_capture
from scraper.rules.cases import Case, cases_in
from scraper.rules.freeze import freeze
from scraper.rules.trial import Trial, tried
from scraper.store.catalog import Catalog
from scraper.store.rows import CaptureDetail

_REMEDY = "`scraper rules freeze CAPTURE` makes one of a capture of yours"


def test_rules(sources: Sources, folder: Path, outlet_ids: Sequence[str], *, as_json: bool) -> int:
    """Try the cases of some outlets, or of all."""
    outlets = [outlet_named(sources, name) for name in outlet_ids] or list(sources.outlets)
    cases = [(outlet, case) for outlet in outlets for case in cases_in(folder, outlet.id)]
    failed = run(_try(cases, as_json=as_json))
    tested = {outlet.id for outlet, _ in cases}
    without = [outlet for outlet in outlets if outlet.id not in tested]
    if not as_json:
        say(f"{len(cases)} cases, {failed or 'none'} failed")
    _say_untested(without, as_json=as_json, one_by_one=bool(outlet_ids))
    if outlet_ids and not cases:
        say_error(f"no case in {folder} for {', '.join(outlet_ids)}; {_REMEDY}")
        return 1
    return 1 if failed else 0


def _say_untested(outlets: Sequence[Outlet], *, as_json: bool, one_by_one: bool) -> None:
    """Say of outlets without a case why they have none: each by its name, or how many."""
    if as_json or one_by_one:
        for outlet in outlets:
            why = _why_untested(outlet)
            if as_json:
                say_json({"outlet": outlet.id, "case": None, "why": why})
            else:
                say(f"--  {outlet.id}: {why}")
        return
    ruled = sum(bool(outlet.rules) for outlet in outlets)
    if outlets:
        say(
            f"{len(outlets)} outlets have no case: {ruled} with rules, of which no page was "
            f"frozen, {len(outlets) - ruled} without, where no rule can break"
        )
        say(f"cases of real pages are their publishers' and do not ship; {_REMEDY}")


def _why_untested(outlet: Outlet) -> str:
    if outlet.rules:
        return "it has rules, but no page of it was frozen; cases of real pages do not ship"
    return "it has no rule that could break: its pages are read by what was learnt, or alone"


async def _try(cases: Sequence[tuple[Outlet, Case]], *, as_json: bool) -> int:
    failed = 0
    async with Extractor(1) as extractor:
        async for trial in tried(cases, extractor):
            failed += not trial.is_passed
            _show(trial, as_json=as_json)
    return failed


def _show(trial: Trial, *, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "case": trial.case.name,
                "passed": trial.is_passed,
                "problems": trial.problems,
                "difference": trial.difference,
            }
        )
        return
    word = click.style("ok", fg="green") if trial.is_passed else click.style("FAILED", fg="red")
    say(f"{word}  {safe(trial.case.name)}")
    for line in (*trial.problems, *trial.difference):
        say(f"    {safe_block(line)}")


def freeze_capture(
    root: Path, catalog: Catalog, sources: Sources, folder: Path, key: str, name: str
) -> int:
    """Make a case out of the newest capture of a URL, or out of one by its number."""
    detail = _found(catalog, key)
    if detail is None:
        say_error(f"{key}: no capture with a page of its own in the archive at {root}")
        return 1
    article = run(read_capture(root, catalog, sources, detail)).article
    if article is None:
        say_error(f"{key}: read again today, the page holds no article; nothing was written")
        return 1
    outlet = outlet_named(sources, detail.capture.outlet)
    case = freeze(root, folder, outlet, detail, article, name)
    say(safe(str(case.file)))
    say_error(f"read {case.expected} and mend it: it is what is read today, right or wrong")
    return 0


def _found(catalog: Catalog, key: str) -> CaptureDetail | None:
    if key[:1] == "c" and key[1:].isdecimal():
        return catalog.capture(int(key[1:]))
    for row in catalog.captures(url=key):
        detail = catalog.capture(row.id)
        if detail is not None and detail.text is not None and _has_page(detail):
            return detail
    return None


def _has_page(detail: CaptureDetail) -> bool:
    return bool(detail.exchanges) and detail.exchanges[-1].response_type == "response"

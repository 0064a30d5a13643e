"""What repaired files say of the damage that they were made for: known damage is a note.

It repairs nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from scraper.archive.repair import SUFFIX, Lost, account_in
from scraper.archive.verify import Finding, scan
from scraper.verify.places import file_name

Accounts = Mapping[str, tuple[Lost, ...]]  # by damaged file, relative to the archive


def accounts_in(root: Path) -> Accounts:
    """Return what the repaired files of an archive say was lost of their originals."""
    accounts: dict[str, tuple[Lost, ...]] = {}
    for path in sorted((root / "warc").rglob(f"*{SUFFIX}")):
        for one in scan(path):
            account = None if isinstance(one, Finding) else account_in(one)
            if account is not None:
                original = path.with_name(Path(account[0]).name)
                accounts[file_name(original, root)] = account[1]
    return accounts


def softened(finding: Finding, root: Path, accounts: Accounts) -> Finding:
    """Return a finding as a note where a repaired file has what is whole, and tells of the rest."""
    if finding.offset is None or not finding.path.is_relative_to(root):
        return finding
    lost = accounts.get(file_name(finding.path, root))
    if lost is None:
        return finding
    is_told = any(one.start <= finding.offset < one.end for one in lost)
    if not is_told and not finding.is_crowd:
        return finding
    return replace(finding, problem=f"{finding.problem}; known since it was repaired", is_note=True)

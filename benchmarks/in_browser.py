"""Look at pages in Chromium: which words are on them, and which hosts were asked for anything.

Run by a Python that has playwright: a JSON list of {"url", "words"} on standard input, a screenshot
of the first page at the path that is given, one JSON object a page on standard output.
"""

import json
import re
import sys
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_HOST = re.compile(r"^(?:blob:)?(\w+://[^/]*)")
PATIENCE_MS = 20_000
STEP_MS = 250


def main() -> None:
    """Look at every page that is asked about."""
    asked = json.load(sys.stdin)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, chromium_sandbox=False, args=ARGUMENTS
        )
        for number, one in enumerate(asked):
            context = browser.new_context(viewport={"width": 1100, "height": 900})
            found = look_at(context, one["url"], one["words"], sys.argv[1] if not number else None)
            print(json.dumps(found), flush=True)
            context.close()
        browser.close()


def look_at(
    context: BrowserContext, url: str, words: list[str], shot: str | None
) -> dict[str, object]:
    """Return which of some words did not come onto a page, and the hosts that it asked."""
    hosts: set[str] = set()
    context.on(
        "request", lambda request: hosts.add(re.sub(r"^(\w+://[^/]*).*", r"\1", request.url))
    )
    page = context.new_page()
    page.goto(url)
    waited, missing = 0, words
    while missing and waited < PATIENCE_MS:
        page.wait_for_timeout(STEP_MS)
        waited += STEP_MS
        texts = texts_of(page)
        missing = min(([word for word in words if word not in text] for text in texts), key=len)
    if shot:
        page.screenshot(path=Path(shot))
    return {"url": url, "missing": missing, "ms": waited, "hosts": sorted(hosts)}


def texts_of(page: Page) -> list[str]:
    """Return the text of every frame, hidden text too, with white space made plain."""
    texts = [""]
    for frame in page.frames:
        try:
            text = frame.evaluate("document.body ? document.body.textContent : ''")
        except Exception:  # noqa: BLE001 - a frame may go away while it is looked at
            continue
        texts.append(" ".join(str(text).split()))
    return texts


if __name__ == "__main__":
    main()

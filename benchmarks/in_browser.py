"""Look at pages in Chromium: which words are on them, and which hosts were asked for anything.

Run by a Python that has playwright: a JSON list of {"url", "page", "words"} on standard input (the
replay at `url` should show `page`), a screenshot
of the first page at the path that is given, one JSON object a page on standard output.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

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
PATIENCE_MS = 20_000
STEP_MS = 250
HOST = re.compile(r"^(?:blob:)?(\w+://[^/]*)")
LOOKS = """async () => {
    await document.fonts.ready;
    return {
        pictures: [...document.images].map(one => one.naturalWidth),
        fonts: [...document.fonts].filter(one => one.status === "loaded").map(one => one.family),
        ground: getComputedStyle(document.body).backgroundColor,
    };
}"""


def main() -> None:
    """Look at every page that is asked about."""
    asked = json.load(sys.stdin)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, chromium_sandbox=False, args=ARGUMENTS
        )
        for number, one in enumerate(asked):
            context = browser.new_context(viewport={"width": 1100, "height": 900})
            found = look_at(context, one, sys.argv[1] if not number else None)
            print(json.dumps(found), flush=True)
            context.close()
        browser.close()


def look_at(context: BrowserContext, one: dict[str, Any], shot: str | None) -> dict[str, object]:
    """Return which of some words did not come onto a page, and the hosts that it asked.

    `has_left` says that the page's own scripts led to another address, `looks` what of its
    pictures, fonts and style sheets came.
    """
    words: list[str] = one["words"]
    hosts: set[str] = set()
    context.on("request", lambda request: hosts.update(HOST.findall(request.url)))
    page = context.new_page()
    page.goto(one["url"])
    waited, missing = 0, words
    while missing and waited < PATIENCE_MS:
        page.wait_for_timeout(STEP_MS)
        waited += STEP_MS
        texts = texts_of(page)
        missing = min(([word for word in words if word not in text] for text in texts), key=len)
    if shot:
        page.screenshot(path=Path(shot))
    has_left = not any(frame.url.endswith(one["page"]) for frame in page.frames)
    looks = looks_of(page, one["page"])
    return {
        **one, "missing": missing, "has_left": has_left, "hosts": sorted(hosts), "looks": looks,
    }  # fmt: skip


def looks_of(page: Page, url: str) -> dict[str, Any] | None:
    """Return what a frame shows: widths of its pictures, fonts that came, its ground's colour."""
    for frame in page.frames:
        if frame.url.endswith(url):
            frame.wait_for_load_state()
            found: dict[str, Any] = frame.evaluate(LOOKS)
            return found
    return None


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

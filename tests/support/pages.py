"""Pages in a headless browser: served from a folder, with no error in their console."""

import contextlib
import functools
import http.server
import shutil
import threading
from pathlib import Path

import pytest


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@contextlib.contextmanager
def served(folder):
    """Serve a folder; yield its address."""
    handler = functools.partial(_Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def browser():
    """Start a browser, or skip where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with playwright.sync_playwright() as play:
        if chromium is None and not Path(play.chromium.executable_path).exists():
            pytest.skip("no chromium: apt install chromium, or playwright install chromium")
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


def watched(page, serious=lambda url: True):
    """Return the list to which errors of a page's console and requests are added."""
    problems = []
    page.set_default_timeout(20_000)  # a busy machine is no failure
    page.on(
        "console",
        lambda m: (
            problems.append(m.text)
            if m.type == "error" and serious(m.location.get("url", ""))
            else None
        ),
    )
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "response",
        lambda r: problems.append(r.url) if r.status >= 400 and serious(r.url) else None,
    )
    page.on(
        "requestfailed",
        lambda r: (  # one is aborted where the next page is asked for before it came
            problems.append(f"{r.url}: {r.failure}") if "ERR_ABORTED" not in r.failure else None
        ),
    )
    return problems

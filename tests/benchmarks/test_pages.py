"""asv's dashboard in a real browser, without a display. (tests/docs has the report.)"""

import re
from pathlib import Path

import pytest
from pages import served, watched

ROOT = Path(__file__).parent.parent.parent
DASHBOARD = ROOT / ".asv" / "html"
VENDOR = ROOT / ".asv" / "vendor" / "node_modules"
# asv's page takes these from content delivery networks; without a network, from VENDOR.
SCRIPTS = {
    "jquery-3.3.1.min.js": "jquery/dist/jquery.min.js",
    "jquery.flot.min.js": "flot/jquery.flot.js",
    "jquery.flot.time.min.js": "flot/jquery.flot.time.js",
    "jquery.flot.selection.min.js": "flot/jquery.flot.selection.js",
    "jquery.flot.categories.min.js": "flot/jquery.flot.categories.js",
    "jquery.flot.orderBars.js": "flot-orderbars/js/jquery.flot.orderBars.js",
    "stupidtable.min.js": "stupid-table-plugin/stupidtable.js",
    "md5.min.js": "blueimp-md5/js/md5.min.js",
    "bootstrap.min.js": "bootstrap/dist/js/bootstrap.min.js",
    "bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
}
pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser):
    """Return a page whose console may hold no error, nor a request fail."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    # asv asks for the graphs of benchmarks that have no result, too.
    problems = watched(page, serious=lambda url: "/graphs/summary/" not in url)
    yield page
    page.close()
    assert problems == []


def _coloured(page, selector):
    """Return whether a canvas holds a coloured line: grids and frames are grey."""
    return page.locator(selector).first.evaluate(
        """canvas => {
            const all = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            for (let i = 0; i < all.data.length; i += 4)
                if (Math.abs(all.data[i] - all.data[i + 2]) > 40) return true;
            return false;
        }"""
    )


def _without_network(page):
    """Let the page have the scripts of VENDOR, if there are any, under the networks' names."""
    if not VENDOR.exists():
        return

    def serve(route):
        name = route.request.url.rsplit("/", 1)[1]
        headers = {"Access-Control-Allow-Origin": "*"}
        route.fulfill(path=VENDOR / SCRIPTS[name], headers=headers)

    def strip(route):  # the networks' files are minified otherwise: other checksums
        html = (DASHBOARD / "index.html").read_text()
        route.fulfill(body=re.sub(r' integrity="[^"]*"', "", html), content_type="text/html")

    page.route(re.compile(r"^https://(code\.jquery|cdnjs\.cloudflare|cdn\.jsdelivr)"), serve)
    page.route(re.compile(r"^http://127\.0\.0\.1:\d+/(index\.html)?$"), strip)


def test_dashboard(page, tmp_path):
    if not (DASHBOARD / "index.html").exists():
        pytest.skip("no dashboard: asv run, then asv publish")
    _without_network(page)
    with served(DASHBOARD) as url:
        page.goto(url, wait_until="networkidle")
        cards = page.locator("#summarygrid-display .benchmark-container")
        cards.first.wait_for()
        assert cards.count() >= 10
        page.screenshot(path=tmp_path / "grid.png")
        cards.filter(has_text="Iteration.time_iteration").first.click()
        page.locator("#main-graph canvas.flot-base").wait_for()
        page.wait_for_timeout(500)
        assert _coloured(page, "#main-graph canvas.flot-base")
        page.screenshot(path=tmp_path / "graph.png")
        for place in ("summarylist", "regressions"):
            page.locator(f"#nav-li-{place} a").click()
            page.locator(f"#{place}-body").wait_for()
            page.screenshot(path=tmp_path / f"{place}.png")

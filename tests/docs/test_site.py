"""The site that was built, in a browser and by its files.

Build it first: ``python -m sphinx -W --keep-going -j 2 docs docs/_build/html``.
"""

import functools
import html
import html.parser
import re
import urllib.parse
from pathlib import Path

import pytest
from pages import served, watched

SITE = Path(__file__).parents[2] / "docs" / "_build" / "html"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (SITE / "index.html").exists(),
        reason="the site is not built: python -m sphinx docs docs/_build/html",
    ),
]
SAMPLE = ("index.html", "mixtures/first_fit.html", "derivatives/first_gradient.html")
SAMPLE += ("api/index.html", "api/generated/fastad.grad.html", "report/index.html")


class _Parts(html.parser.HTMLParser):
    """The addresses that a page names, and the anchors that it has."""

    def __init__(self):
        super().__init__()
        self.links, self.anchors = [], set()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors |= {attributes.get("id"), attributes.get("name")}
        for name in ("href", "src"):
            if attributes.get(name) and attributes.get("rel") != "canonical":
                self.links.append(attributes[name])


@functools.cache
def parts(path):
    """Return the `_Parts` of an HTML file."""
    found = _Parts()
    found.feed(path.read_text("utf-8"))
    return found


def pages():
    """Return all pages of the site; what is in _static are the theme's templates."""
    return [path for path in sorted(SITE.rglob("*.html")) if "_static" not in path.parts]


def test_no_link_within_the_site_is_dead():
    dead = []
    assert len(pages()) > 100
    for path in pages():
        for link in parts(path).links:
            address = urllib.parse.urlsplit(link)
            if address.scheme or address.netloc:
                continue
            target = path
            if address.path:
                target = (path.parent / urllib.parse.unquote(address.path)).resolve()
            if target.is_dir():
                target = target / "index.html"
            anchor = urllib.parse.unquote(address.fragment)
            known = target.exists() and (
                not anchor or target.suffix != ".html" or anchor in parts(target).anchors
            )
            if not known:
                dead.append((str(path.relative_to(SITE)), link))
    assert dead == []


def test_no_paragraph_became_a_list_of_letters():
    """As one that begins by "G. Schwarz" does."""
    made = [path.name for path in pages() if re.search(r"<ol [^>]*(upper|lower)", path.read_text())]
    assert made == []


def test_what_galleries_print_is_narrower_than_80_columns():
    printed = re.compile(r"sphx-glr-script-out.*?<pre>(.*?)</pre>", re.DOTALL)
    wide = [
        (path.stem, line)
        for path in pages()
        for text in printed.findall(path.read_text("utf-8"))
        for line in html.unescape(re.sub("<[^>]*>", "", text)).splitlines()
        if len(line) >= 80
    ]
    assert wide == []


def test_code_of_100_columns_is_seen_whole(browser):
    """No line of a gallery's page is cut where there are 1280 pixels, and no note comes first."""
    page, cut, seen = browser.new_page(viewport={"width": 1280, "height": 900}), [], 0
    count = "document.querySelectorAll('article .highlight pre').length"
    wide = (
        "[...document.querySelectorAll('article .highlight pre')]"
        ".filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText)"
    )
    with served(SITE) as url:
        for gallery in ("derivatives", "mixtures"):
            for path in sorted((SITE / "gallery" / gallery).glob("*.html")):
                page.goto(f"{url}/gallery/{gallery}/{path.name}", wait_until="load")
                seen += page.evaluate(count)
                cut += [(path.stem, text) for text in page.evaluate(wide)]
                note = page.locator(".sphx-glr-download-link-note")
                assert not note.count() or not note.first.is_visible()
    page.close()
    assert seen > 300
    assert cut == []


def test_the_site_needs_no_other(browser):
    """Nothing is fetched from elsewhere, nor for formulas, which are MathML."""
    context = browser.new_context()
    page, asked = context.new_page(), []
    with served(SITE) as url:
        page.on("request", lambda request: asked.append(request.url))
        for name in SAMPLE:
            page.goto(f"{url}/{name}", wait_until="load")
        assert len(asked) > 20
        assert [a for a in asked if not a.startswith((url, "data:"))] == []
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_whole_in_both_schemes(browser, scheme, tmp_path):
    """No error, each picture that is shown loads, and text stands out from its background."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    problems = watched(page)
    with served(SITE) as url:
        for name in SAMPLE:
            page.goto(f"{url}/{name}", wait_until="load")
            assert page.locator("html").get_attribute("data-theme") == scheme
            shown = page.locator("article img:visible")
            for i in range(shown.count()):
                shown.nth(i).scroll_into_view_if_needed()
                assert shown.nth(i).evaluate("e => e.decode().then(() => e.naturalWidth > 20)")
            ink, paper = (
                page.evaluate(
                    f"getComputedStyle(document.body).{of}.match(/[0-9.]+/g).slice(0, 3)"
                    ".reduce((sum, part) => sum + Number(part), 0) / 765"
                )
                for of in ("color", "backgroundColor")
            )
            assert (paper > 0.9 and ink < 0.3) if scheme == "light" else (paper < 0.2 and ink > 0.7)
            page.screenshot(path=tmp_path / f"{Path(name).stem}_{scheme}.png")
        shown = page.locator("article img:visible")  # the report's: of two versions one
        assert shown.count() == page.locator("article img").count() // 2 >= 7
    page.close()
    assert problems == []


def test_no_page_scrolls_sideways_on_a_phone(browser):
    page = browser.new_page(viewport={"width": 400, "height": 800})
    problems, wide = watched(page), []
    with served(SITE) as url:
        for path in pages():
            name = path.relative_to(SITE).as_posix()
            page.goto(f"{url}/{name}", wait_until="load")
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > 400:
                wide.append((name, width))
    page.close()
    assert wide == []
    assert problems == []


def test_search_finds_grad(browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    problems = watched(page)
    with served(SITE) as url:
        page.goto(f"{url}/search.html?q=grad", wait_until="load")
        first = page.locator("#search-results li a", has_text="fastad.grad").first
        first.wait_for()
        first.click()
        page.wait_for_load_state("load")
        assert "fastad.grad" in page.url
        assert page.locator("dt#fastad\\.grad").is_visible()
    page.close()
    assert problems == []

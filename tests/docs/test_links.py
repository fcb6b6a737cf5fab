"""Links: absolute where a page is read elsewhere too, and into files that are there."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
URLS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]
REPOSITORY, SITE = URLS["Repository"], URLS["Documentation"]
RAW = REPOSITORY.replace("github.com", "raw.githubusercontent.com") + "/"
LINK = re.compile(r"\]\(([^)\s]+)\)")
MADE = ("_build", "gallery", "api")  # by a build


def links(path):
    """Return the targets of the links and pictures of a Markdown page, code left out."""
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    return LINK.findall(re.sub(r"`[^`\n]*`(?!\])", "", text))


def sources():
    """Return the Markdown pages of the site and of the repository's front."""
    pages = [p for p in DOCS.rglob("*.md") if p.relative_to(DOCS).parts[0] not in MADE]
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(pages)]


PAGES = sources()
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


def in_repository(link):
    """Return the path of a link into the repository's files, or None."""
    found = re.match(rf"(?:{REPOSITORY}/(?:blob|tree)|{RAW[:-1]})/main/([^#?]*)", link)
    return found and found[1]


def test_the_readme_has_no_relative_link():
    found = links(ROOT / "README.md")
    assert len(found) > 20
    assert [link for link in found if not link.startswith(("https://", "#"))] == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_into_the_repository_name_files(page):
    named = [in_repository(link) for link in links(page)]
    assert [path for path in named if path and not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES[1:], ids=NAMES[1:])
def test_relative_links_stay_within_the_site(page):
    """A file outside docs is linked by its address in the repository."""
    for link in links(page):
        if re.match(r"[a-z]+:|#", link):
            continue
        target = (page.parent / link.split("#")[0]).resolve()
        assert target.exists(), link
        assert target.is_relative_to(DOCS), link


def test_links_to_the_site_name_pages():
    pages = {
        link.removeprefix(SITE).split("#")[0]
        for page in PAGES
        for link in links(page)
        if link.startswith(SITE)
    }
    assert len(pages) > 10
    made = {"", "dashboard/", "api/index.html"}  # of the index, of asv, of the reference
    assert [
        page for page in sorted(pages - made) if not (DOCS / page).with_suffix(".md").exists()
    ] == []


def test_the_tree_names_pages_that_are_there():
    """Docstrings, tests and tools say ``docs/...``; what they name exists."""
    folders = ("fastad", "fastgmm", "_fastcache", "benchmarks", "examples", "tests", ".github")
    files = [ROOT / ".ci" / "run"]
    for folder in folders:
        files += [p for p in (ROOT / folder).rglob("*") if p.suffix in {".py", ".yml"}]
    named = re.compile(r"\bdocs/[\w/]+\.(?:md|png|svg|html)\b")
    missing = [
        (str(path.relative_to(ROOT)), name)
        for path in files
        for name in named.findall(path.read_text("utf-8"))
        if not (ROOT / name).exists() and not name.startswith(("docs/_build/", "docs/gallery/"))
    ]
    assert missing == []


def test_the_front_page_has_the_readmes_two_commands():
    block = re.compile(r"```sh\n(.*?)```", re.DOTALL)
    of_readme, of_site = (
        block.findall(path.read_text("utf-8"))[:2]
        for path in (ROOT / "README.md", DOCS / "index.md")
    )
    assert len(of_readme) == 2
    assert of_site == of_readme

"""References: the surname first, on every page of the galleries and in every docstring.

A paragraph that begins by an initial ("G. Schwarz ...") is a numbered list in reStructuredText.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "examples").glob("*/*.py"))
SOURCES = [p for name in ("fastad", "fastgmm") for p in sorted((ROOT / name).rglob("*.py"))]
HEADING = "# References\n# ----------\n"
# "Schwarz, G. (1978). ...", or several: "Rose, K., Gurewitz, E. and Fox, G. C. (1990). ..."
NAME = r"[^\W\d_][\w-]+, (?:[A-Z]\.[ -]?)*[A-Z]\."
REFERENCE = re.compile(rf"{NAME}(?:, {NAME})*(?: and {NAME}| et al\.)?(?: \(\d{{4}}\)\.)? \S")
WITHOUT_AUTHOR = ("TensorFlow, ",)


def references(page):
    """Return the references of a page, a line each."""
    _, heading, text = page.read_text("utf-8").partition(HEADING)
    assert heading, "a page ends by its references"
    text = re.sub(r"\n#   (?=\S)", " ", text)
    return [line.removeprefix("#").strip() for line in text.splitlines() if line.strip("# ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_references_are_of_one_form(page):
    found = references(page)
    assert found
    for line in found:
        assert line.startswith("* "), line
        reference = line.removeprefix("* ")
        assert REFERENCE.match(reference) or reference.startswith(WITHOUT_AUTHOR), line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_no_line_of_prose_begins_by_an_initial(page):
    text = page.read_text("utf-8")
    assert not re.findall(r"^(?:#\s*(?:[*-]\s+)?)?[A-Z]\. .*", text, re.MULTILINE)


def test_no_reference_of_a_docstring_begins_by_an_initial():
    assert len(SOURCES) > 100
    found = [
        (str(path.relative_to(ROOT)), line)
        for path in SOURCES
        for section in re.findall(
            r"^ *References\n *-{5,}\n(.*?)(?:\n\n *\w+\n *-{3,}|\"\"\")",
            path.read_text("utf-8"), re.DOTALL | re.MULTILINE,
        )
        for line in re.findall(r"(?:^|\n\n) *[A-Z]\. .*", section)
    ]  # fmt: skip
    assert found == []

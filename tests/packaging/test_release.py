"""A tag that does not fit what it tags is not released."""

import pytest

from tools import release

CHANGELOG = """# Changelog

## Unreleased

## 0.2.0 (2026-12-01)

fastad:

* Something new.

### More

* More of it.

## 0.1.0

* The first.
"""


@pytest.fixture
def clone(tmp_path):
    (tmp_path / "_fastcache").mkdir()
    (tmp_path / "_fastcache" / "version.py").write_text('"""One."""\n\n__version__ = "0.2.0"\n')
    (tmp_path / "CITATION.cff").write_text("cff-version: 1.2.0\nversion: 0.2.0\n")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    return tmp_path


def test_a_tag_of_the_version_with_a_section_is_released(clone):
    release.check("v0.2.0", clone)
    assert release.notes("v0.2.0", clone) == (
        "fastad:\n\n* Something new.\n\n### More\n\n* More of it."
    )


@pytest.mark.parametrize("tag", ["v0.2.1", "0.2.0", "v0.2", "v0.2.0rc1", "v0.1.0"])
def test_another_tag_is_not(clone, tag):
    with pytest.raises(SystemExit, match=r"tag v0\.2\.0"):
        release.check(tag, clone)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("CITATION.cff", "version: 0.2.0", "version: 0.1.0", "write 0.2.0"),
        ("CITATION.cff", "\nversion: 0.2.0", "", "CITATION.cff has no line"),
        ("CHANGELOG.md", "## Unreleased", "## Unreleased\n\n* Not said.", "begins with `## Unrel"),
        ("CHANGELOG.md", "(2026-12-01)", "(unreleased)", "unreleased"),
        ("CHANGELOG.md", "## 0.2.0 ", "## 0.2.0.1 ", "must begin with a section `## 0.2.0"),
        ("CHANGELOG.md", "## 0.2.0 ", "## 0.2.0rc1 ", "must begin with a section `## 0.2.0"),
        ("CHANGELOG.md", CHANGELOG, "# Changelog\n", "begins with `## nothing`"),
    ],
)
def test_files_that_say_something_else_are_named(clone, file, old, new, message):
    text = (clone / file).read_text("utf-8")
    assert old in text
    (clone / file).write_text(text.replace(old, new))
    with pytest.raises(SystemExit, match=message):
        release.check("v0.2.0", clone)


def test_the_changelog_of_this_project_has_sections():
    found = release.sections((release.ROOT / "CHANGELOG.md").read_text("utf-8"))
    assert any(heading.startswith("0.1.0") for heading, _ in found)

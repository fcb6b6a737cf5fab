"""What the project says of itself: its version, and the versions of others that it takes."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

import fastgmm
from tools import release

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS, URLS = PROJECT["optional-dependencies"], PROJECT["urls"]
OLDEST = ROOT / "tests" / "oldest-requirements.txt"
# No matter of the tests of old versions: it checks the source.
WITHOUT = {"fastgmm", "ruff", "setuptools", "PyYAML"}
# What Matplotlib and zarr need, and have no upper bound for.
THEIRS = {"numcodecs", "pyparsing"}


def test_the_version_is_one():
    assert fastgmm.__version__ == release.version()
    assert release.cited_version() == fastgmm.__version__
    assert "version" in PROJECT["dynamic"]


def test_the_citation_has_what_the_format_asks_for():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(cited)
    assert cited["license"] == PROJECT["license"]
    assert cited["repository-code"] == PROJECT["urls"]["Repository"]
    assert cited["url"] == PROJECT["urls"]["Documentation"]
    assert [author["name"] for author in cited["authors"]] == [
        author["name"] for author in PROJECT["authors"]
    ]


def _bounds(requirements):
    """Return ``{name: lower bound}``; what another line of the project brings is left out."""
    found = {}
    for requirement in map(Requirement, requirements):
        lower = [s.version for s in requirement.specifier if s.operator == ">="]
        if requirement.name not in WITHOUT:
            assert len(lower) == 1, f"{requirement} has no lower bound"
            found[requirement.name] = Version(lower[0])
    return found


def _oldest():
    lines = OLDEST.read_text("utf-8").splitlines()
    pins = [re.fullmatch(r"(\S+)==(\S+)", line) for line in lines if not line.startswith("#")]
    return {pin[1]: Version(pin[2]) for pin in pins}


def test_the_oldest_versions_that_are_tested_are_those_that_are_promised():
    promised = [*PROJECT["dependencies"]]
    for extra in ("plot", "io", "dask", "test"):
        promised += EXTRAS[extra]
    tested = {name: version for name, version in _oldest().items() if name not in THEIRS}
    assert tested == _bounds(promised)


def test_one_package_has_one_lower_bound():
    """An extra that asked for less than another would not be tested."""
    oldest = _oldest()
    for extra in ("spark", "onnx", "docs", "typing"):
        for requirement in map(Requirement, EXTRAS.get(extra, [])):
            for specifier in requirement.specifier:
                if specifier.operator == ">=" and requirement.name in oldest:
                    assert Version(specifier.version) >= oldest[requirement.name], extra


def test_the_pythons_that_are_named_are_those_that_are_tested():
    named = {
        line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)
    }
    workflow = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text("utf-8"))
    assert set(workflow["jobs"]["test"]["strategy"]["matrix"]["python"]) == named
    assert PROJECT["requires-python"] == f">={min(named, key=Version)}"


@pytest.mark.parametrize("name", ["Documentation", "Repository", "Changelog", "Issues"])
def test_the_index_links_to_the_project(name):
    ours = URLS["Repository"], URLS["Documentation"]
    assert re.fullmatch(r"https://github\.com/[\w.-]+/fastgmm", ours[0])
    assert URLS[name].startswith(ours)


# Where the project's address is typed: GitHub, asv and readers of Markdown know no variable.
TYPED = [
    *ROOT.glob("*.md"),
    *(ROOT / name for name in ("CITATION.cff", "asv.conf.json", "pyproject.toml")),
    *(path for path in (ROOT / ".github").rglob("*") if path.is_file()),
    *(path for ext in ("md", "py") for path in (ROOT / "docs").rglob(f"*.{ext}")),
    *(path for folder in ("examples", "tools") for path in (ROOT / folder).rglob("*.py")),
]
ADDRESS = re.compile(
    r"https://(?:github\.com|raw\.githubusercontent\.com)/[\w.-]+/fastgmm\b"
    r"|https://[\w-]+\.github\.io/fastgmm/"
)


def test_the_address_is_that_of_the_project_everywhere():
    known = {URLS["Repository"], URLS["Documentation"]}
    known.add(URLS["Repository"].replace("github.com", "raw.githubusercontent.com"))
    made = {"_build", "gallery", "generated"}
    found = {
        (str(path.relative_to(ROOT)), address)
        for path in TYPED
        if not made & set(path.parts)
        for address in ADDRESS.findall(path.read_text("utf-8"))
    }
    assert len(found) > 12
    assert {(path, address) for path, address in found if address not in known} == set()


# The names under which packages are imported, where they are others.
IMPORTED = {"Pillow": "PIL", "PyYAML": "yaml"}


def test_nothing_that_the_extra_test_brings_is_skipped_where_it_is_missing():
    """The workflows install it: a test of old, or new, versions that is skipped tests nothing."""
    lines = [line for extra in ("plot", "io", "dask", "typing", "test") for line in EXTRAS[extra]]
    names = {Requirement(line).name for line in lines} - {"fastgmm"}
    brought = {IMPORTED.get(name, name) for name in names}
    skipped = {
        (path.name, name)
        for path in (ROOT / "tests").rglob("*.py")
        for name in re.findall(r'importorskip\("(\w+)', path.read_text("utf-8"))
    }
    assert len(skipped) > 5
    assert {(path, name) for path, name in skipped if name in brought} == set()

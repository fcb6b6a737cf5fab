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
EXTRAS = PROJECT["optional-dependencies"]
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
    assert PROJECT["urls"][name].startswith(("https://github.com/fastgmm", "https://fastgmm."))

"""Workflows parse, and what their commands name is there: they run where nobody looks."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from tools import release

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# Of each action that is used the inputs that it is given, of those in its action.yml.
INPUTS = {
    "actions/cache": {"path", "key", "restore-keys"},
    "actions/checkout": {"ref", "fetch-depth", "persist-credentials"},
    "actions/configure-pages": set(),
    "actions/deploy-pages": set(),
    "actions/download-artifact": {"name", "path", "run-id", "github-token"},
    "actions/setup-java": {"distribution", "java-version"},
    "actions/setup-python": {"python-version", "cache", "cache-dependency-path"},
    "actions/upload-artifact": {"name", "path", "if-no-files-found"},
    "actions/upload-pages-artifact": {"path"},
    "pypa/gh-action-pypi-publish": set(),
}
# What a command names in the clone: a path under one of its folders, or a module of them.
FOLDERS = ("benchmarks", "docs", "examples", "fastad", "fastgmm", "tests", "tools")
MADE = ("docs/_build", "docs/gallery", "docs/api/generated")


def _read(path):
    # "on" is a truth value of YAML 1.1, which GitHub does not mean.
    return yaml.safe_load(re.sub("^on:", '"on":', path.read_text("utf-8"), flags=re.MULTILINE))


def _steps(workflow):
    for job in workflow["jobs"].values():
        yield from job["steps"]


def _names(command):
    """Yield the paths that a shell command names in the clone."""
    command = re.sub(r"\$\{\{.*?\}\}", "0", command.replace("\\\n", " "))
    for line in command.splitlines():
        words = shlex.split(line, comments=True)
        for before, word in zip([None, *words], words, strict=False):
            word = word.partition("::")[0]
            if before == "-m" and word.partition(".")[0] in FOLDERS:
                yield word.replace(".", "/")
            elif word.startswith(tuple(f"{folder}/" for folder in FOLDERS)):
                yield word


def _is_there(name):
    path = ROOT / name
    if name.startswith(MADE):
        return True
    module = path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()
    return path.exists() or module or any(ROOT.glob(name))


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.name)
def workflow(request):
    return _read(request.param)


def test_a_workflow_says_when_it_runs_and_with_which_rights(workflow):
    assert {"name", "on", "permissions", "jobs"} <= set(workflow)
    for name, job in workflow["jobs"].items():
        assert "runs-on" in job, name
        assert job["timeout-minutes"] <= 180, name
        needed = job.get("needs", [])
        needed = [needed] if isinstance(needed, str) else needed
        assert set(needed) <= set(workflow["jobs"]) - {name}


def test_actions_have_a_version_and_inputs_that_they_know(workflow):
    for step in _steps(workflow):
        assert ("uses" in step) != ("run" in step), step
        if "uses" in step:
            action, _, version = step["uses"].partition("@")
            assert re.fullmatch(r"v\d+|release/v\d+|[0-9a-f]{40}", version), step
            assert set(step.get("with", {})) <= INPUTS[action], step


def test_what_commands_name_is_there(workflow):
    for step in _steps(workflow):
        missing = [name for name in _names(step.get("run", "")) if not _is_there(name)]
        assert missing == []
        file = step.get("with", {}).get("cache-dependency-path", "pyproject.toml")
        assert (ROOT / file).is_file()


def test_no_command_is_made_of_what_others_write(workflow):
    """A branch's name in a command would be run: it goes by a variable of the environment."""
    for step in _steps(workflow):
        for expression in re.findall(r"\$\{\{\s*(.*?)\s*\}\}", step.get("run", "")):
            assert expression.startswith(("matrix.", "steps.")), step


def _tests_of(command, packages):
    """Yield whether each run of pytest in a command comes after the packages are removed."""
    gone = False
    for line in command.splitlines():
        words = line.split()
        gone = gone or (words[:2] == ["rm", "-r"] and set(words[2:]) == set(packages))
        if "pytest" in words and not {"tests/packaging", "pip"} & set(words):
            yield gone


def test_a_release_is_tested_as_it_was_installed():
    """pytest finds a tree's packages before the installed ones: they are removed first."""
    packages = [path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file()]
    packages = [name for name in packages if name in release.PACKAGES]
    assert sorted(packages) == sorted(release.PACKAGES)
    jobs = _read(ROOT / ".github/workflows/release.yml")["jobs"]
    for name in ("use", "sdist"):
        tested = [t for s in jobs[name]["steps"] for t in _tests_of(s.get("run", ""), packages)]
        assert tested == [True], name


def _installed(command):
    """Yield the requirements that a command installs by name, those of the project left out."""
    for line in command.splitlines():
        _, installs, rest = line.partition("pip install ")
        words = shlex.split(rest) if installs else []
        for before, word in zip([None, *words], words, strict=False):
            if before == "--upgrade-strategy":
                continue
            if re.match(r"[A-Za-z]", word) and "/" not in word:
                yield Requirement(word)


def test_tools_have_a_version(workflow):
    """But for packages of which an extra says the versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    named = {Requirement(line).name for lines in extras for line in lines}
    for step in _steps(workflow):
        for requirement in _installed(step.get("run", "")):
            pins = [specifier.operator for specifier in requirement.specifier]
            assert pins == ["=="] or requirement.name in named, requirement


def test_missing_files_are_found():
    command = (
        "python -m pytest tests/no_such_test.py\npython -m benchmarks.no_such a && cp docs/x y"
    )
    assert list(_names(command)) == ["tests/no_such_test.py", "benchmarks/no_such", "docs/x"]
    assert not any(map(_is_there, _names(command)))
    known = (
        "python tools/release.py check\npython -m benchmarks.harness.compare\ncp -r docs site/docs"
    )
    assert list(_names(known)) == ["tools/release.py", "benchmarks/harness/compare"]
    assert all(map(_is_there, _names(known)))


def test_the_comment_waits_for_the_workflow_that_measures():
    measured = _read(ROOT / ".github/workflows/ratios.yml")
    comment = _read(ROOT / ".github/workflows/ratios-comment.yml")
    assert comment["on"]["workflow_run"]["workflows"] == [measured["name"]]
    # What runs a fork's code has no rights, and no secrets.
    assert measured["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in measured["jobs"].values())
    uploads = [s["with"]["name"] for s in _steps(measured) if "upload" in s.get("uses", "")]
    downloads = [s["with"]["name"] for s in _steps(comment) if "download" in s.get("uses", "")]
    assert uploads == downloads == ["measured"]


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")))
def test_issue_forms_have_what_github_asks_for(path):
    form = yaml.safe_load(path.read_text("utf-8"))
    if path.name == "config.yml":
        assert all({"name", "url", "about"} == set(link) for link in form["contact_links"])
        return
    assert {"name", "description", "body"} <= set(form)
    ids = [item["id"] for item in form["body"]]
    assert len(set(ids)) == len(ids)
    assert all(item["attributes"]["label"] for item in form["body"])

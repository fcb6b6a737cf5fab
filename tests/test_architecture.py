"""Imports run one way: a folder, or module, may import only from those listed before it."""

import ast
import collections
import graphlib
import importlib
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Folders, and the files beside them, in the order in which they may import each other.
FOLDERS = {
    "_fastcache": ["version", "content", "store", "signatures", "overloads", "notice", "command"],
    "fastad": [
        *("_typing", "_functions", "refusals", "rules", "numbers", "arrays"),
        *("jit", "tape", "modes"),
        *("checkpointing", "custom", "special_shapes", "special"),
        *("source.ir", "source.runtime"),
        *("source.syntax", "source.frontend", "source.analysis"),
        *("source.reverse", "source.tangent", "source.optimise", "source.emit"),
        "drivers",
        *("sparse", "root", "solvers", "testing", "pictures", "interop", "__main__"),
    ],
    "fastgmm": [
        *("_version", "_typing", "rows", "simd", "covariances", "display", "mixture", "callbacks"),
        *("density", "passes", "missing", "operations", "em", "model", "steps"),
        *("gradient", "datasets", "files", "selection", "plotting", "onnx", "warm"),
        *("parted", "dask", "spark", "command"),
        "__main__",
    ],
}
FLOORS = {"_fastcache": 3, "fastad": 12, "fastgmm": 10}


def _name(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _files(package):
    return sorted((ROOT / package).rglob("*.py"))


def _imports(path):
    """Yield the dotted names that a file imports, relative ones made absolute."""
    package = _name(path.parent).split(".")
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            yield from {f"{module}.{alias.name}" for alias in node.names} & MODULES or {module}


MODULES = {_name(path) for package in FOLDERS for path in _files(package)}
FILES = [path for package in FOLDERS for path in _files(package)]


def _room(name):
    """Return the folder of a module, or the file that stands beside the folders."""
    parts = name.split(".")[1:]
    return ".".join(parts[: 2 if parts[:1] == ["source"] else 1])


def _own(path):
    """Return the modules of its package that a file imports; for a folder's front page, none.

    What the package itself offers (fastgmm.GaussianMixture) is for users, not for modules.
    """
    package = _name(path).split(".")[0]
    return {n for n in _imports(path) if n.startswith(package) and path.name != "__init__.py"}


@pytest.mark.parametrize("package", FOLDERS)
def test_every_folder_has_its_place(package):
    there = {_room(_name(path)) for path in _files(package)} - {"", "source"}
    assert there == set(FOLDERS[package])
    assert len(FOLDERS[package]) == len(there)


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_folders_import_one_way(path):
    here, order = _room(_name(path)), FOLDERS[_name(path).split(".")[0]]
    allowed = {here, *(order[: order.index(here)] if here in order else order)}
    above = {n for n in _own(path) if _room(n) not in allowed}
    assert not above, f"{_name(path)} must not import {sorted(above)}"


@pytest.mark.parametrize("package", FOLDERS)
def test_every_folder_is_installed(package):
    for path in _files(package):
        assert (path.parent / "__init__.py").exists()
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    patterns = settings["package-data"].get(package, [])
    data = [p for p in (ROOT / package).rglob("*") if p.suffix not in (".py", ".pyc", "")]
    installed = {p for pattern in patterns for p in (ROOT / package).glob(pattern)}
    assert {p for p in data if p.suffix not in (".nbi", ".nbc")} == installed


@pytest.mark.parametrize("package", FOLDERS)
def test_no_circles(package):
    graph = {_name(path): _own(path) & MODULES for path in _files(package)}
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError


@pytest.mark.parametrize("package", FOLDERS)
def test_floors(package):
    """Each folder stands on those that it imports; few floors are few things to know first."""
    below = collections.defaultdict(set)
    for path in _files(package):
        below[_room(_name(path))] |= set(map(_room, _own(path))) - {_room(_name(path))}
    floor = {}
    for room in FOLDERS[package]:
        floor[room] = 1 + max((floor[r] for r in below[room]), default=0)
    assert max(floor.values()) <= FLOORS[package], floor


@pytest.mark.parametrize("package", FOLDERS)
def test_folders_stay_small(package):
    for path in (ROOT / package, *(ROOT / package).rglob("*/")):
        assert len(list(path.glob("*.py"))) <= 20, path


@pytest.mark.parametrize("path", _files("fastgmm"), ids=_name)
def test_fastad_is_entered_by_its_front_door_and_in_one_place(path):
    foreign = [n for n in _imports(path) if n.split(".")[0] == "fastad"]
    assert set(foreign) <= {"fastad"}
    assert not foreign or _top(path) == "gradient"


@pytest.mark.parametrize(
    ("package", "others"), [("fastad", {"fastgmm"}), ("_fastcache", {"fastad", "fastgmm"})]
)
def test_what_stands_below_does_not_know_what_stands_above(package, others):
    for path in _files(package):
        assert not {n.split(".")[0] for n in _imports(path)} & others, path


@pytest.mark.parametrize(
    ("package", "module"), [("fastgmm", "simd.compiled"), ("fastad", "jit.disk")]
)
def test_the_cache_is_by_all_source_that_compiled_code_is_made_of(package, module):
    python_only = importlib.import_module(f"{package}.{module}").PYTHON_ONLY
    assert {name for name in python_only if not (ROOT / package / name).exists()} == set()
    left_out = {_name(path) for path in _files(package) if _top(path, package) in python_only}
    for path in _files(package):
        if _top(path, package) not in python_only:
            assert not _own(path) & left_out, path


def _top(path, package="fastgmm"):
    return path.relative_to(ROOT / package).parts[0]


def test_files_stay_readable():
    for package in (*FOLDERS, "tests", "benchmarks"):
        for path in _files(package):
            assert len(path.read_text().splitlines()) <= 450, f"{path} is too long: split it"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_functions_are_read_at_a_glance(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            first = node.body[0]
            words = first.end_lineno - first.lineno + 1 if ast.get_docstring(node) else 0
            length = node.end_lineno - node.lineno + 1 - words
            assert length <= 60, f"{node.name} has {length} lines beside its docstring: split it"

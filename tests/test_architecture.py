"""Imports run one way: a module may import only from modules listed before it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

ORDER = {}
ORDER["fastgmm"] = [
    "_version",
    "_compiled",
    "_panels",
    "_tiles",
    "_gemm",
    "_vmath",
    "_threads",
    "_persistence",
    "datasets",
    "files",
    "_factors",
    "_definite",
    "mixture",
    "stats",
    "_plan",
    "_joint",
    "_moments",
    "_kernels",
    "_far_out",
    "density",
    "sources",
    "acceleration",
    "em",
    "init",
    "_checks",
    "_parameters",
    "_conversion",
    "_fitted",
    "estimator",
    "selection",
    "plotting",
    "__main__",
]


ORDER["fastad"] = [
    "_disk",
    "rules",
    "primal",
    "_codegen",
    "functions",
    "jet",
    "active_arrays",
    "array_tools",
    "_overloads",
    "tape_types",
    "tape_push",
    "tape_trace",
    "array_reductions",
    "array_joins",
    "array_functions",
    "linear_solver",
    "linalg_formulas",
    "reduction_formulas",
    "linalg",
    "linalg_jets",
    "dual",
    "_symbols",
    "_fingerprint",
    "_callees",
    "_recursion",
    "_refusals",
    "_results",
    "_generated",
    "_writes",
    "_separate",
    "tape_overloads",
    "linalg_tape",
    "tape_var",
    "tape",
    "tape_plain",
    "tape_replay",
    "_seeding",
    "_taping",
    "_plan",
    "_restoring",
    "_forward",
    "_reverse",
    "_replaying",
    "_linearized",
    "custom",
    "checkpointing",
    "source",
    "_by_size",
    "_modes",
    "drivers",
    "coloring",
    "sparsity",
    "sparse",
    "root",
    "solvers",
    "testing",
]

ORDER["fastad/source"] = [
    "ir",
    "text",
    "names",
    "passes",
    "verify",
    "runtime",
    "namer",
    "strictness",
    "build",
    "trees",
    "infer",
    "lower_expressions",
    "unit",
    "lower_arrays",
    "numpy_forms",
    "lower_calls",
    "lower_stores",
    "lower_targets",
    "lower_loops",
    "lower_exits",
    "lower",
    "webs",
    "contents",
    "activity",
    "covering",
    "signs",
    "loops",
    "pullback",
    "keeping",
    "elementwise",
    "tangent_numbers",
    "tangent_arrays",
    "tangent",
    "hoisting",
    "outline",
    "merged",
    "arrays",
    "counted",
    "replay",
    "sweeps",
    "extremes",
    "parallel",
    "joint",
    "recursion",
    "ruled",
    "checkpoints",
    "adjoint",
    "unread",
    "forward",
    "generate",
    "mode",
]


def _imports(path):
    """Yield the dotted names that a file imports, relative ones made absolute."""
    package = _package(path)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level == 2:  # of the package around
                module = f"{package.split('.')[0]}.{module}"
            elif node.level:
                module = f"{package}.{module}" if module else package
            if module == package:
                yield from (f"{module}.{alias.name}" for alias in node.names)
            else:
                yield module


def _package(path):
    return ".".join(path.parent.relative_to(ROOT).parts)


def _modules(package):
    return sorted(p for p in (ROOT / package).glob("*.py") if p.name != "__init__.py")


ALL = [path for package in ORDER for path in _modules(package)]


def _name(path):
    return f"{_package(path)}.{path.stem}"


@pytest.mark.parametrize("package", ORDER)
def test_every_module_has_its_place(package):
    assert {p.stem for p in _modules(package)} <= set(ORDER[package])
    assert len(ORDER[package]) == len(set(ORDER[package]))


@pytest.mark.parametrize("path", ALL, ids=_name)
def test_imports_run_one_way(path):
    package = _package(path)
    order = ORDER[package.replace(".", "/")]
    allowed = set(order[: order.index(path.stem)])
    start = f"{package}."
    own = {n[len(start) :].split(".")[0] for n in _imports(path) if n.startswith(start)}
    # What the package itself offers (fastgmm.GaussianMixture) is for users, not for modules.
    assert own <= allowed, f"{path.stem} must not import {sorted(own - allowed)}"


@pytest.mark.parametrize("path", _modules("fastgmm"), ids=_name)
def test_fastad_is_entered_by_its_front_door_and_in_one_place(path):
    foreign = [n for n in _imports(path) if n == "fastad" or n.startswith("fastad.")]
    assert not [n for n in foreign if "._" in n]
    assert not foreign or path.stem == "gradient"


def test_fastad_does_not_know_fastgmm():
    for path in (ROOT / "fastad").rglob("*.py"):
        assert not [n for n in _imports(path) if n.split(".")[0] == "fastgmm"]


def test_files_stay_readable():
    for package in (*ORDER, "tests", "benchmarks"):
        for path in (ROOT / package).rglob("*.py"):
            assert len(path.read_text().splitlines()) <= 450, f"{path} is too long: split it"

"""All public names have types, and the types say what the code does."""

import importlib
import inspect
import re
import typing

import pytest
from sklearn.utils._param_validation import StrOptions

import fastad
import fastgmm
from fastad import _functions, _typing
from fastad.drivers.choose import MODES
from fastad.numbers.dual import _Dual
from fastad.rules.functions import FUNCTIONS
from fastad.rules.table import RULES
from fastad.tape.replay import _ReplayTape
from fastad.tape.tape import _Tape
from fastgmm import _typing as shared
from fastgmm.covariances import COVARIANCE_TYPES, SKLEARNS
from fastgmm.gradient.errors import KINDS
from fastgmm.gradient.optimise import METHODS
from fastgmm.model.checks import FIXABLE
from fastgmm.model.keywords import ForSelection, Parameters
from fastgmm.rows.table import Stream
from fastgmm.selection import CRITERIA, Candidate

# Beside those of `__all__`: modules that are asked for by their names, and what is returned.
MODULES = (
    *("fastad", "fastgmm", "fastgmm.rows", "fastgmm.operations", "fastgmm.steps"),
    *("fastgmm.gradient", "fastgmm.dask", "fastgmm.spark", "fastgmm.plotting"),
    "fastad.interop",
)
NEEDED = {"fastgmm.dask": "distributed", "fastgmm.spark": "pyspark"}
NEEDED |= {f"fastad.interop.to_{tool}": tool for tool in ("jax", "torch", "pytensor")}
MORE = {
    "fastad.testing.check_grads",
    "fastad.__main__.main",
    "fastad.sparse.drivers.SparseJacobian",
    "fastad.sparse.drivers.SparseHessian",
    "fastad.solvers.NewtonResult",
    "fastgmm.__main__.main",
    "fastgmm.datasets.load_faithful",
    "fastgmm.files.read_table",
    "fastgmm.onnx.register_converters",
    "fastgmm.passes.statistics.SufficientStats",
}
# What Numba makes of a class has its methods compiled: the class that was written has the types.
WRITTEN = {fastad.Dual: _Dual, fastad.Tape: _Tape, fastad.ReplayTape: _ReplayTape}
OURS = ("fastad.", "fastgmm.")


def _is_missing(name):
    return name in NEEDED and importlib.util.find_spec(NEEDED[name]) is None


def public():
    for module in MODULES:
        if _is_missing(module):
            continue
        names = importlib.import_module(module).__all__
        names = [n for n in names if n != "__version__" and not n.isupper()]  # nor constants
        names = [n for n in names if not _is_missing(f"{module}.{n}")]
        if module == "fastad":
            names = [n for n in names if n not in (*FUNCTIONS, "logsumexp", "where")]
        yield from ((f"{module}.{name}") for name in names)
    yield from MORE


def named(path):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def without_types(function, is_method):
    """Return the parameters that have no type, and "return" if the result has none."""
    function = inspect.unwrap(getattr(function, "py_func", function))
    parameters = list(inspect.signature(function).parameters.values())[is_method:]
    missing = [p.name for p in parameters if p.annotation is p.empty]
    return missing + ["return"] * ("return" not in function.__annotations__)


def functions_of(kind):
    """Yield the name and the function of each public method and property that is of our own."""
    for base in kind.__mro__:
        if not base.__module__.startswith(OURS):
            continue
        for name, member in vars(base).items():
            if name in FUNCTIONS or (name.startswith("_") and name != "__init__"):
                continue
            member = getattr(member, "fget", None) or getattr(member, "__func__", member)
            if inspect.isfunction(member) and member.__module__.startswith(OURS):
                yield f"{base.__name__}.{name}", member


def attributes_of(kind):
    """Return the attributes that a class's docstring lists."""
    found = re.search(
        r"\n *Attributes\n *-+\n(.*?)(\n *\w+\n *---|$)", kind.__doc__ or "", re.DOTALL
    )
    lines = inspect.cleandoc("\n" + found[1]).splitlines() if found else []
    heads = [line.partition(":")[0] for line in lines if line and not line.startswith(" ")]
    return {name.strip() for head in heads for name in head.split(",")}


def is_typed(kind, name):
    for base in kind.__mro__:
        if name in vars(base).get("__annotations__", {}) or isinstance(
            vars(base).get(name), property
        ):
            return True
    return False


@pytest.mark.parametrize("path", sorted(set(public())))
def test_has_types(path):
    found = named(path)
    found = WRITTEN.get(found, found) if isinstance(found, type) else found
    if not isinstance(found, type):
        assert not without_types(found, is_method=False)
        return
    for name, function in functions_of(found):
        method = not isinstance(inspect.getattr_static(found, name.split(".")[1]), staticmethod)
        assert not without_types(function, is_method=method), name


@pytest.mark.parametrize(
    "kind",
    [
        *(fastgmm.GaussianMixture, fastgmm.BayesianGaussianMixture, fastgmm.Mixture),
        *(fastgmm.Selection, Candidate, fastgmm.EMState, fastgmm.Rows, fastad.Var),
    ],
)
def test_attributes_have_types(kind):
    documented = attributes_of(kind)
    assert documented
    assert {name for name in documented if not is_typed(kind, name)} == set()


def test_a_function_without_types_is_found():
    def half(x: int, y=None):
        return x

    assert without_types(half, is_method=False) == ["y", "return"]
    assert without_types(Stream.fill, is_method=True) == []


def test_functions_of_the_rule_table_are_all_declared():
    arity = {rule.name: rule.arity for rule in RULES}
    assert sorted(_functions.__all__) == sorted(FUNCTIONS)
    said = {name: _functions.__annotations__[name] for name in FUNCTIONS}
    assert said == {name: {1: "OfOne", 2: "OfTwo"}[arity[name]] for name in FUNCTIONS}
    for name in ("logsumexp", "where"):
        own = inspect.signature(getattr(fastad, name)).parameters
        assert list(inspect.signature(getattr(_functions, name)).parameters) == list(own)


def test_operators_of_numbers_are_all_declared():
    operators = {name for name in vars(_typing.Arithmetic) if name.startswith("__")}
    operators -= set(dir(type("Plain", (), {"__slots__": ()}))) - {"__lt__", "__le__"}
    for name in operators - {"__annotations__", "__dict__", "__weakref__"}:
        assert name in vars(_Dual), name
        assert name in vars(fastad.Var), name


def test_keywords_are_those_of_the_estimator():
    own = dict(fastgmm.GaussianMixture.__init__.__annotations__)
    del own["return"], own["n_components"]
    spelled = {name: kind.__forward_arg__ for name, kind in Parameters.__annotations__.items()}
    assert spelled == own
    of_select = inspect.signature(fastgmm.select).parameters
    assert set(ForSelection.__annotations__) == {
        name for name in own if name not in of_select and name != "covariance_type"
    }


def options(kind, name):
    (found,) = [c for c in kind._parameter_constraints[name] if isinstance(c, StrOptions)]
    return found.options


def test_literals_are_what_the_code_takes():
    gm, bgm = fastgmm.GaussianMixture, fastgmm.BayesianGaussianMixture
    for literal, taken in (
        (shared.Covariances, COVARIANCE_TYPES),
        (shared.Covariances, options(gm, "covariance_type")),
        (shared.SklearnsCovariances, SKLEARNS),
        (shared.SklearnsCovariances, options(bgm, "covariance_type")),
        (shared.InitParams, options(gm, "init_params")),
        (shared.Assignment, options(gm, "assignment")),
        (shared.Acceleration, options(gm, "acceleration")),
        (shared.Missing, options(gm, "missing")),
        (shared.Algorithm, options(gm, "algorithm")),
        (shared.Criterion, CRITERIA),
        (shared.Information, KINDS),
        (shared.Descent, METHODS),
        (shared.Parameter, FIXABLE),
    ):
        assert set(typing.get_args(literal)) == set(taken)


def test_modes_are_what_drivers_take():
    assert set(typing.get_args(_typing.Mode)) == {"auto", *MODES}
    for mode in typing.get_args(_typing.ModeAlong):  # the others do not go along a direction
        assert fastad.jvp(lambda x: x, mode=mode).mode == mode

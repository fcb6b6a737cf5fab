"""The pages of the API reference, written from `PAGES` before Sphinx reads its sources.

The names stand here by subject; tests/docs compares them with each package's ``__all__``.
"""

import importlib
import importlib.util
from pathlib import Path
from typing import NamedTuple

from fastad.rules.functions import FUNCTIONS


class Page(NamedTuple):
    """A page of the reference: a module, and its names by subject.

    Parameters
    ----------
    module : str
        The module that people import from.
    title, text : str
        The page's heading, and what follows it, in reStructuredText.
    groups : dict of str to list of str
        The names of each subject.
    """

    module: str
    title: str
    text: str
    groups: dict


PAGES = [
    Page(
        "fastgmm",
        "fastgmm: mixtures",
        "Estimators, and functions of mixtures that run in Python and in ``@njit`` code.",
        {
            "Estimators": ["GaussianMixture", "BayesianGaussianMixture", "Prior", "default_prior"],
            "Choosing the number of components": ["select", "Selection"],
            "Watching, and what may go wrong": [
                *("EMState", "DegenerateComponentWarning", "ModelFileError")
            ],
            "Rows from anywhere": ["open_rows", "Rows"],
            "Mixtures as plain data": ["Mixture", "make_mixture", "with_"],
            "Densities and draws": [
                *("log_density", "log_joint", "responsibilities", "sample", "sample_into"),
                "score",
            ],
            "Steps of EM": [
                *("make_workspace", "em_step", "e_step", "m_step", "add_statistics", "score_rows")
            ],
            "Operations on mixtures": [
                *("marginal", "conditional", "make_regression", "condition_mean", "affine"),
                *("merge", "prune", "moment_match", "bhattacharyya", "kl_divergence"),
            ],
            "Threads and compiled code": ["set_num_threads", "get_num_threads", "warmup"],
        },
    ),
    Page(
        "fastgmm.gradient",
        "fastgmm.gradient: fits by gradient, standard errors",
        "The only part of fastgmm that uses fastad. `fastgmm.Prior` and `fastgmm.default_prior` "
        "are here by these names, too.",
        {
            "Fits": ["fit_map", "maximum_likelihood", "standard_errors"],
            "What they return": ["MapFit", "Estimate", "StandardErrors"],
        },
    ),
    Page(
        "fastgmm.plotting",
        "fastgmm.plotting: pictures",
        "Needs Matplotlib, the extra ``plot``.",
        {
            "Pictures": ["plot_mixture", "plot_iterations", "plot_criteria"],
            "Their geometry": ["mixture_ellipses", "mixture_plane"],
        },
    ),
    Page(
        "fastgmm.datasets",
        "fastgmm.datasets: data to try with",
        "What is shipped with the package.",
        {"Data": ["load_faithful"]},
    ),
    Page(
        "fastgmm.files",
        "fastgmm.files: tables from files",
        "Tables as arrays. What is larger than the memory is for `fastgmm.open_rows`.",
        {"Files": ["read_table"]},
    ),
    Page(
        "fastgmm.dask",
        "fastgmm.dask: rows on a cluster",
        "Needs the extra ``dask``. :doc:`The guide </dask>` says what is taken.",
        {"Estimators": ["GaussianMixture"]},
    ),
    Page(
        "fastgmm.spark",
        "fastgmm.spark: columns of a Spark DataFrame",
        "Needs the extra ``spark``. :doc:`The guide </spark>` says what is taken.",
        {"Functions": ["fit", "predict"]},
    ),
    Page(
        "fastgmm.onnx",
        "fastgmm.onnx: models as ONNX graphs",
        "Needs the extra ``onnx``.",
        {"Functions": ["register_converters"]},
    ),
    Page(
        "fastad",
        "fastad: derivatives",
        "Drivers take a function and return the ``@njit`` function of its derivative.",
        {
            "Drivers": [
                *("grad", "value_and_grad", "derivative", "jacobian", "hessian"),
                *("jvp", "vjp", "hvp"),
            ],
            "Sparse derivatives": ["sparse_jacobian", "sparse_hessian"],
            "Rules of your own": ["custom_jvp", "custom_vjp"],
            "Equations and optimisation": ["newton", "minimize", "root", "root_solver"],
            "Numbers that carry derivatives": ["Dual", "Jet"],
            "The tape": ["Tape", "Var", "ReplayTape", "replayed"],
            "Inside differentiated functions": ["where", "logsumexp", "checkpoint"],
            "To look inside": ["draw_graph", "show"],
            "Compiled code": ["warmup"],
        },
    ),
    Page(
        "fastad.testing",
        "fastad.testing: is a derivative right?",
        "For the tests of your own functions and rules.",
        {"Checks": ["check_grads"]},
    ),
    Page(
        "fastad.interop",
        "fastad.interop: derivatives for other libraries",
        "An @njit function, with its derivatives, for the tool that you use already: see the "
        ":doc:`guide </derivatives/interop>`.",
        {
            "SciPy and iminuit": ["objective", "equations", "ode", "curve", "cost"],
            "Libraries that differentiate themselves": ["to_jax", "to_torch", "to_pytensor"],
        },
    ),
]

# Names of `fastgmm` that `fastgmm.gradient` has, too.
ELSEWHERE = {"Prior", "default_prior"}

FRONT = """\
API reference
=============

What may be imported, by package and subject. The docstrings' examples are run as tests.

.. toctree::
   :maxdepth: 1

{entries}
   functions

Both packages have commands, too: :doc:`/command_line`.
"""

RULES = """\
fastad: the functions of the rule table
=======================================

``fastad.sin``, ``fastad.lgamma`` and so on take floats, arrays, `fastad.Dual`, `fastad.Jet` and
`fastad.Var`, in the interpreter and in compiled code. In functions to be differentiated
``math.sin`` and ``np.sin`` mean the same: they have the same rows of the table. These are for what
NumPy and ``math`` do not have, and for such numbers in the interpreter.

In a partial derivative ``r`` is the result. The values at kinks are on
:doc:`a page of their own </derivatives/kinks>`.

.. rule-table::
"""


def there(page):
    """Return whether a page's module is part of this version."""
    return importlib.util.find_spec(page.module) is not None


def offered(module):
    """Return the names that a module offers: its ``__all__``, or what is defined in it."""
    package = importlib.import_module(module)
    if hasattr(package, "__all__"):
        return {name for name in package.__all__ if not name.startswith("__")}

    def own(name):
        where = getattr(getattr(package, name), "__module__", None) or ""
        return where == module or where.startswith(f"{module}.")

    return {name for name in vars(package) if not name.startswith("_") and own(name)}


def names(page):
    """Return the groups of a page, and one of what is new and has no subject here yet."""
    if page.module == "fastgmm.spark":  # cannot be imported without PySpark
        return page.groups
    listed = {name for group in page.groups.values() for name in group} | ELSEWHERE
    listed |= set(FUNCTIONS) if page.module == "fastad" else set()
    others = sorted(offered(page.module) - listed)
    return page.groups | ({"Further" if page.groups else "Functions": others} if others else {})


def files(folder):
    """Return the pages from which autosummary makes those of single objects."""
    return [str(folder / "api" / f"{page.module}.rst") for page in PAGES if there(page)]


def _heading(text, line):
    return f"{text}\n{line * len(text)}\n"


def text_of(page):
    """Return a page as reStructuredText."""
    parts = [_heading(page.title, "="), f".. currentmodule:: {page.module}\n", page.text + "\n"]
    for group, members in names(page).items():
        entries = "\n".join(f"   {name}" for name in members)
        parts += [
            _heading(group, "-"),
            f".. autosummary::\n   :toctree: generated\n   :nosignatures:\n\n{entries}\n",
        ]
    return "\n".join(parts)


def _write(path, text):
    """Write a file unless it holds that text: what has not changed is not read again."""
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text)


def write_pages(app, config):
    """Write the pages into ``api`` of the documentation's folder."""
    folder = Path(app.confdir) / "api"
    folder.mkdir(exist_ok=True)
    pages = [page for page in PAGES if there(page)]
    for page in pages:
        _write(folder / f"{page.module}.rst", text_of(page))
    _write(folder / "functions.rst", RULES)
    entries = "\n".join(f"   {page.module}" for page in pages)
    _write(folder / "index.rst", FRONT.format(entries=entries))


def public_names():
    """Return the full names of everything that the reference shows."""
    shown = {
        f"{page.module}.{name}"
        for page in PAGES
        if there(page)
        for group in names(page).values()
        for name in group
    }
    return shown | {f"fastad.{name}" for name in FUNCTIONS}


def setup(app):
    """Register with Sphinx."""
    app.connect("config-inited", write_pages, priority=0)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""The functions of a package that Numba compiles."""

import contextlib
import importlib
import inspect
import io
import pkgutil
import re
import warnings
from typing import NamedTuple

from numba.core.registry import CPUDispatcher
from numba.np.ufunc.dufunc import DUFunc
from numba.np.ufunc.gufunc import GUFunc

# Modules that run something when imported, or test the package itself.
_LEFT_OUT = re.compile(
    r"(^|\.)(tests?|testing|conftest|benchmarks?|setup|cuda|__main__|plot)(\.|$)"
)

# Of other things than floats: trees and graphs of neighbours, random draws, lists of series.
_NO_FLOATS = re.compile(
    r"^pynndescent\.(rp_trees|hub_tree|hybrid_forest|search|search_graph|threaded_rp_trees|"
    r"sparse_nndescent|pynndescent_|graph_utils|kernels)\.|"
    r"\.(arr_|tau_rand|_rvs$|_seed$|_sample_without|comb_jit|k_array|next_k|_bisect_interval)|"
    r"(pairwise_distance(_single)?|to_multiple_distance)$"
)


class Found(NamedTuple):
    """A compiled function: its package, name (module and qualified name) and itself."""

    package: str
    name: str
    function: object

    @property
    def elementwise(self):
        """Whether it is a universal function (`numba.vectorize`, `numba.guvectorize`)."""
        return isinstance(self.function, DUFunc | GUFunc)

    @property
    def python(self):
        """The Python function."""
        kept = self.function if not self.elementwise else self.function._dispatcher
        return kept.py_func

    @property
    def parameters(self):
        """The names of the parameters that have no default, and whether there are others."""
        return list(inspect.signature(self.python).parameters.values())


def modules(package):
    """Import a package and all below it that can be imported, and return the modules."""
    found = [importlib.import_module(package)]
    for info in pkgutil.walk_packages(found[0].__path__, f"{package}."):
        if _LEFT_OUT.search(info.name):
            continue
        # Modules for hardware or libraries that are not here.
        with contextlib.suppress(BaseException):
            found.append(importlib.import_module(info.name))
    return found


def functions(package):
    """Return what Numba compiles in a package, each function once, by its name."""
    found = {}
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for module in modules(package):
            for value in list(vars(module).values()):
                for function in _compiled(value):
                    one = Found(package, "", function)
                    try:
                        home = one.python.__module__
                        name = f"{home}.{one.python.__qualname__}"
                    except AttributeError:
                        continue
                    if home.split(".")[0] == package and not _LEFT_OUT.search(home):
                        found.setdefault(name, one._replace(name=name))
    return [found[name] for name in sorted(found) if not _NO_FLOATS.search(name)]


def _compiled(value):
    """Yield a module's value if it is compiled, and the compiled methods of a class."""
    kinds = CPUDispatcher | DUFunc | GUFunc
    if isinstance(value, kinds):
        yield value
    elif isinstance(value, type):
        for member in vars(value).values():
            member = getattr(member, "__func__", member)
            if isinstance(member, kinds):
                yield member

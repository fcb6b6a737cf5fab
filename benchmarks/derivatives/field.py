"""fastad against autograd, JAX and SciPy's divided differences on ten functions of the field.

``python -m benchmarks.derivatives.field [N]`` prints a table for N variables, 100 by default.
autograd and JAX are in the extra ``peers``; one that is not installed is left out.  All in
float64, one process, one after the other in turn, the minimum of many.  JAX compiles its
gradient (``jit``); fastad and SciPy take the loop compiled by Numba.
"""

import os
import statistics
import sys
import time

import numba
import numpy as np
from scipy.optimize._numdiff import approx_derivative

import fastad

from ..harness import common
from ..harness.suite import FUNCTIONS

ROUNDS = 15


def point(n):
    """Return where all are differentiated: about 1, as the gaps between atoms must be."""
    return 1.0 + 0.1 * np.random.default_rng(0).normal(size=n)


def _fastad(loop, arrays, x):
    g = fastad.grad(numba.njit(loop))
    return lambda: g(x)


def _primal(loop, arrays, x):
    f = numba.njit(loop)
    return lambda: f(x)


def _autograd(loop, arrays, x):
    import autograd
    import autograd.numpy as xp

    g = autograd.grad(lambda v: arrays(xp, v))
    return lambda: g(x)


def _jax(loop, arrays, x):
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    import jax
    import jax.numpy as xp

    jax.config.update("jax_enable_x64", True)
    g = jax.jit(jax.grad(lambda v: arrays(xp, v)))
    at = xp.asarray(x)
    return lambda: g(at).block_until_ready()


def _scipy(loop, arrays, x):
    f = numba.njit(loop)
    return lambda: approx_derivative(f, x, method="3-point")


PEERS = {"fastad": _fastad, "JAX": _jax, "autograd": _autograd, "SciPy, 3-point": _scipy}


def runs(name, n, peers=PEERS):
    """Return for each peer that is installed a function that computes the gradient."""
    made = {}
    for peer, make in peers.items():
        try:
            made[peer] = make(*FUNCTIONS[name], point(n))
            made[peer]()
        except ImportError:
            made.pop(peer, None)
    return made


def seconds(functions, rounds=ROUNDS):
    """Return the least time of a call of each function, all in turn."""
    repeats = []
    for f in functions:
        f()
        begin = time.perf_counter()
        f()
        repeats.append(max(1, int(2e-3 / (time.perf_counter() - begin))))
    best = [np.inf] * len(functions)
    for _ in range(rounds):
        for k, f in enumerate(functions):
            begin = time.perf_counter()
            for _ in range(repeats[k]):
                f()
            best[k] = min(best[k], (time.perf_counter() - begin) / repeats[k])
    return best


class Gradients:
    """The gradient's time over the primal's, called from Python; and a peer's over it."""

    params = (common.pick(list(FUNCTIONS), ["lennard_jones"]), [100])
    param_names = ("function", "variables")
    timeout = 300

    def setup(self, name, n):
        """Compile."""
        loop, arrays = FUNCTIONS[name]
        self.gradient, self.primal = (make(loop, arrays, point(n)) for make in (_fastad, _primal))
        self.differences = _scipy(loop, arrays, point(n))

    def track_ratio_to_primal(self, name, n):
        ours, primal = seconds([self.gradient, self.primal])
        return ours / primal

    track_ratio_to_primal.unit = "times"

    def track_ratio_to_differences(self, name, n):
        ours, theirs = seconds([self.gradient, self.differences], rounds=5)
        return theirs / ours

    track_ratio_to_differences.unit = "times faster"


def main(n=100):
    """Print the table: microseconds, and the largest error relative to the largest entry."""
    print(f"gradient in {n} variables, microseconds (error against fastad's)")
    print(f"{'function':16}{'primal':>8}" + "".join(f"{p:>22}" for p in PEERS))
    ratios = {peer: [] for peer in PEERS}
    for name in FUNCTIONS:
        made = runs(name, n)
        primal = _primal(*FUNCTIONS[name], point(n))
        times = dict(zip(["primal", *made], seconds([primal, *made.values()]), strict=True))
        ours = made["fastad"]()
        row = f"{name:16}{1e6 * times['primal']:8.2f}"
        for peer in PEERS:
            if peer not in made:
                row += f"{'not installed':>22}"
                continue
            error = np.abs(np.asarray(made[peer]()) - ours).max() / np.abs(ours).max()
            ratios[peer].append(times[peer] / times["fastad"])
            row += f"{1e6 * times[peer]:12.2f} ({error:7.0e})"
        print(row, flush=True)
    for peer, values in ratios.items():
        if values and peer != "fastad":
            print(f"{peer}: {statistics.median(values):.1f} times fastad's time, the median")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

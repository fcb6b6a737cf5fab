"""Source transformation beyond the plain gradient: tangents, threads, checkpoints.

``python -m benchmarks.derivatives.loops`` prints all ratios.  The gradients are checked against
forward mode, or the plain loop, before anything is timed.
"""

import itertools
import math

import numba
import numpy as np

import fastad

from ..harness import common
from .objectives import FAST, OBJECTIVES, compiled

NAMES = common.pick(["mixture", "kmeans", "least_squares", "logsumexp", "runge_kutta"], ["kmeans"])


@numba.njit(parallel=True, **FAST)
def likelihood(alpha, mu, q, l, x):  # noqa: E741 (GradBench's name)
    """Return the log-likelihood of `objectives.mixture`, without prior, points by threads."""
    n, d = x.shape
    k = alpha.size
    e, shift = np.empty((k, d)), np.empty(k)
    for j in range(k):
        shift[j] = alpha[j]
        for i in range(d):
            e[j, i] = math.exp(q[j, i])
            shift[j] += q[j, i]
    total = 0.0
    for r in numba.prange(n):
        main, centred = np.empty(k), np.empty(d)
        for j in range(k):
            for i in range(d):
                centred[i] = x[r, i] - mu[j, i]
            square = 0.0
            at = 0
            for i in range(d):
                s = e[j, i] * centred[i]
                for c in range(i):
                    s += l[j, at + c] * centred[c]
                at += i
                square += s * s
            main[j] = shift[j] - 0.5 * square
        top = main[0]
        for j in range(1, k):
            top = max(top, main[j])
        s = 0.0
        for j in range(k):
            s += math.exp(main[j] - top)
        total += math.log(s) + top
    return total


@numba.njit
def step(u, v, c):
    """Move a wave on a string u, v (N,) with a hardening spring by one step, in place."""
    for i in range(1, u.size - 1):
        v[i] += c * (u[i - 1] - 2.0 * u[i] + u[i + 1]) - 1e-3 * u[i] ** 3
    for i in range(u.size):
        u[i] += 0.1 * v[i]
    return 0.0


def wave(u, c, steps):
    """Return the squares of a wave after some steps, every state of which is kept."""
    u, v = u.copy(), np.zeros_like(u)
    for _ in range(steps):
        step(u, v, c)
    return np.sum(u * u)


def wave_from_checkpoints(u, c, steps):
    """`wave`, with few states kept."""
    u, v = u.copy(), np.zeros_like(u)
    for _ in fastad.checkpoint(steps):
        step(u, v, c)
    return np.sum(u * u)


class Tangents:
    """J v by the tangent's source, and H v by the adjoint of that; one thread."""

    params = (NAMES, common.pick(("jvp", "hvp"), ("hvp",)))
    param_names = ("objective", "driver")
    unit = "times"
    timeout = 300

    def setup(self, name, driver):
        """Compile, and compare with forward mode."""
        objective = OBJECTIVES[name]
        self.arguments = objective.data(*objective.sizes[0])
        rng = np.random.default_rng(1)
        ways = [rng.normal(size=self.arguments[k].shape) for k in objective.argnums]
        self.given = (*self.arguments, *ways)
        self.primal = compiled(name)
        make = getattr(fastad, driver)
        self.run = make(self.primal, objective.argnums, mode="source")
        wanted = make(self.primal, objective.argnums, mode="forward")(*self.given)
        for a, b in zip(self.run(*self.given), wanted, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-9 * np.max(np.abs(b)))

    def track_ratio_to_primal(self, name, driver):
        """Return the time over the function's own."""
        return common.ratio(lambda: self.run(*self.given), lambda: self.primal(*self.arguments))


class ByThreads:
    """The gradient of a likelihood under prange, and the function, on as many threads."""

    params = (
        common.pick([1, 2], [2]),
        common.pick([(2, 5, 1000), (10, 5, 10000), (20, 50, 1000)], [(10, 5, 10000)]),
    )
    param_names = ("threads", "size")
    unit = "times"
    timeout = 300

    def setup(self, threads, size):
        """Compile, and compare the numbers of threads, and the sums of the shares."""
        if threads > numba.config.NUMBA_NUM_THREADS:
            raise NotImplementedError("fewer cores")
        self.arguments = OBJECTIVES["mixture"].data(*size)[:5]
        self.run = fastad.value_and_grad(likelihood, (0, 1, 2, 3), mode="source")
        numba.set_num_threads(1)
        value, bars = self.run(*self.arguments)
        numba.set_num_threads(threads)
        again, same = self.run(*self.arguments)
        assert value == again
        assert all(np.array_equal(a, b) for a, b in zip(bars, same, strict=True))
        np.testing.assert_allclose(bars[0].sum(), size[2], rtol=1e-9)  # responsibilities

    def track_ratio_to_primal(self, threads, size):
        """Return the time over the function's own."""
        return common.ratio(lambda: self.run(*self.arguments), lambda: likelihood(*self.arguments))


class Checkpoints:
    """The gradient of a long loop from checkpoints, by the function, and by the plain loop."""

    params = common.pick((1000, 10000), (1000,))
    param_names = ("steps",)
    unit = "times"
    timeout = 300

    def setup(self, steps):
        """Compile, and compare with the plain loop, to the last bit."""
        self.arguments = np.sin(np.linspace(0.0, 3.0, 200)), 0.1, steps
        self.primal = numba.njit(wave)
        self.run = fastad.grad(wave_from_checkpoints, mode="source")
        self.plain = fastad.grad(wave, mode="source")
        np.testing.assert_array_equal(self.run(*self.arguments), self.plain(*self.arguments))
        self.primal(*self.arguments)

    def track_ratio_to_primal(self, steps):
        """Return the time over the function's own."""
        return common.ratio(lambda: self.run(*self.arguments), lambda: self.primal(*self.arguments))

    def track_ratio_to_plain(self, steps):
        """Return the time over that of the gradient that keeps all states."""
        return common.ratio(lambda: self.run(*self.arguments), lambda: self.plain(*self.arguments))


def main():
    """Print all ratios."""
    for suite in (Tangents, ByThreads, Checkpoints):
        lists = suite.params if isinstance(suite.params[0], list | tuple) else [suite.params]
        for values in itertools.product(*lists):
            one = suite()
            one.setup(*values)
            for name in sorted(n for n in dir(one) if n.startswith("track_")):
                print(suite.__name__, *values, name[6:], f"{getattr(one, name)(*values):.2f}")


if __name__ == "__main__":
    main()

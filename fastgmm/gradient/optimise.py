"""Descent by gradients, and Hessian products, in units that are made anew on the way."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.sparse.linalg import LinearOperator, cg

METHODS = ("l-bfgs", "newton-cg")

# After so many iterations the units are those of where the descent is. On 12 mixtures that started
# from k-means L-BFGS took 22 to 54 iterations so, and up to six times as many in the first units.
ROUND = 15
HISTORY = 20  # pairs that L-BFGS remembers
LINE_SEARCH = 40  # evaluations
# Steps of Newton's method behind where values tell nothing more, and what each must gain.
MOST_POLISHED, POLISHED = 8, 0.5
ROUNDED = 1e-12  # of a value, or nats per sample


class Optimum(NamedTuple):
    """Where a descent has ended.

    Attributes
    ----------
    theta : ndarray of shape (P,)
    value : float
    gradient_norm : float
        The largest entry of the gradient, in units and within bounds.
    n_iter : int
    n_evaluations : int
        Of value and gradient, and of Hessian products: each is a pass over the rows.
    converged : bool
    """

    theta: np.ndarray
    value: float
    gradient_norm: float
    n_iter: int
    n_evaluations: int
    converged: bool


class Problem:
    """What is minimised: to be given to `descend`.

    `value_and_gradient(theta)`, `hessian_product(theta, vector)` and `units(theta)`, which has
    `apply` and `transposed` (see `parameters.Units`); `check(theta)` may raise after an iteration.
    `weight` is the number of rows and `scores(theta)` yields theirs, for standard errors. `bounds`
    is None or (2, P), lowest and highest; then units are a diagonal.
    """

    bounds = None

    def check(self, theta):
        """Raise where there is no going on."""


class _Round:
    """A problem as a function of z, with ``theta = reference + units.apply(z)``."""

    def __init__(self, problem, reference, free, counts):
        self.problem, self.reference, self.free, self.counts = problem, reference, free, counts
        self.units = problem.units(reference)
        self.lowest = np.inf

    def theta(self, z):
        full = np.zeros(len(self.reference))
        full[self.free] = z
        return self.reference + self.units.apply(full)

    def value_and_gradient(self, z):
        self.counts["evaluations"] += 1
        value, gradient = self.problem.value_and_gradient(self.theta(z))
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            # Too long a step: a finite value that line searches and trust regions turn back from.
            return self._lowest_known() + 1e3, np.zeros(len(z))
        self.lowest = min(self.lowest, value)
        return value, self.units.transposed(gradient)[self.free]

    def _lowest_known(self):
        if self.lowest == np.inf:
            raise ValueError("the log density is not finite at the start: begin elsewhere")
        return self.lowest

    def hessian_product(self, z, vector):
        self.counts["evaluations"] += 1
        full = np.zeros(len(self.reference))
        full[self.free] = vector
        product = self.problem.hessian_product(self.theta(z), self.units.apply(full))
        return self.units.transposed(product)[self.free]

    def bounds(self):
        """Return the bounds of z, (P, 2) with infinities, or None."""
        if self.problem.bounds is None:
            return None
        scale = self.units.apply(np.ones(len(self.reference)))
        return ((self.problem.bounds - self.reference) / scale).T[self.free]

    def projected(self, z, gradient):
        """Return the gradient without what points out of the bounds."""
        bounds = self.bounds()
        if bounds is None:
            return gradient
        lowest, highest = bounds.T
        return z - np.clip(z - gradient, lowest, highest)


def descend(problem, start, *, method, tol, max_iter, free=None):
    """Minimise a `Problem` from `start` (P,).

    Parameters
    ----------
    problem : Problem
    start : ndarray of shape (P,)
    method : {"l-bfgs", "newton-cg"}
        SciPy's L-BFGS-B; or its Newton method whose steps conjugate gradients find within a trust
        region (Steihaug 1983), for which only Hessian products are made.
    tol : float
        Ends where no entry of the gradient, in units, is larger.
    max_iter : int
    free : ndarray of int, optional
        Places of what is not held at its start; in units, which do not mix the two.

    Returns
    -------
    Optimum
    """
    free = np.arange(len(start)) if free is None else free
    counts, n_iter, origin = {"evaluations": 0}, 0, np.zeros(len(free))
    here = _Round(problem, start.copy(), free, counts)
    value, gradient = here.value_and_gradient(origin)
    while _largest(here.projected(origin, gradient)) > tol and n_iter < max_iter:
        found = _one_round(here, method, tol, min(ROUND, max_iter - n_iter))
        n_iter += max(found.nit, 1)
        stuck = not found.fun < value  # values have no more digits
        if stuck and method == "l-bfgs":
            break
        z = _polished(here, value, gradient, tol) if stuck else found.x
        here = _Round(problem, here.theta(z), free, counts)
        value, gradient = here.value_and_gradient(origin)
        if stuck:
            break
    norm = _largest(here.projected(origin, gradient))
    return Optimum(here.reference, value, norm, n_iter, counts["evaluations"], norm <= tol)


def _largest(gradient):
    return float(np.abs(gradient).max(initial=0.0))


def _one_round(here, method, tol, max_iter):
    """Return SciPy's result of so many iterations, from the origin."""

    def after(z):  # each iteration: where there is no maximum, there is no end
        here.problem.check(here.theta(z))

    if method == "l-bfgs":
        options = {"maxcor": HISTORY, "gtol": tol, "ftol": 0.0, "maxls": LINE_SEARCH}
        how = {"method": "L-BFGS-B", "bounds": here.bounds()}
    else:
        options = {"gtol": tol}
        how = {"method": "trust-ncg", "hessp": here.hessian_product}
    options["maxiter"] = max_iter
    start = np.zeros(len(here.free))
    return minimize(
        here.value_and_gradient, start, jac=True, callback=after, options=options, **how
    )


def _polished(here, value, gradient, tol):
    """Return z after steps of Newton's from the origin, where values hardly have digits.

    They are judged by the gradient, which has; and by values, as far as those go.
    """
    z, most = np.zeros(len(gradient)), value + ROUNDED * max(1.0, abs(value))
    for _ in range(MOST_POLISHED):
        if _largest(gradient) <= tol:
            break
        operator = LinearOperator(
            (len(z), len(z)), matvec=lambda v, z=z: here.hessian_product(z, v), dtype=np.float64
        )
        step, failed = cg(operator, -gradient, rtol=1e-3, maxiter=2 * len(z))
        value, new = here.value_and_gradient(z + step)
        if failed or value > most or not _largest(new) <= POLISHED * _largest(gradient):
            break
        z, gradient = z + step, new
    return z

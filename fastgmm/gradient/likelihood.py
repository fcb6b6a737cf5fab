"""`maximum_likelihood`: the parameters of any density of which you write the logarithm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit
from numba.extending import is_jitted
from sklearn.utils import check_array

import fastad

from ..model.checks import check_kind, check_sample_weight
from ..passes.threads import single_threaded_blas
from ..simd.compiled import readonly
from .fit import check_options
from .objective import BLOCK_ROWS
from .optimise import Problem, descend

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .._typing import Descent, Float64s


# Rows that tell the units of a descent.
UNIT_ROWS = 1024


class Estimate(NamedTuple):
    """What `maximum_likelihood` returns; `standard_errors` takes it.

    Attributes
    ----------
    theta : ndarray of shape (P,)
        The parameters.
    log_likelihood : float
        The mean log density of the rows, in nats per sample.
    gradient_norm : float
        The largest entry of its gradient, where a unit is one over the root mean square of the
        rows' scores; of what bounds hold back, 0.
    n_iter : int
    n_evaluations : int
        Of value and gradient, and Hessian products: each is a pass over the rows.
    converged : bool
        Whether ``gradient_norm`` is at most `tol`.
    at_bound : ndarray of shape (P,), bool
        Parameters that are at a bound.
    log_density : function
        The one that was given.
    """

    theta: Float64s
    log_likelihood: float
    gradient_norm: float
    n_iter: int
    n_evaluations: int
    converged: bool
    at_bound: NDArray[np.bool_]
    log_density: Callable[[Any, Any], Any]


@single_threaded_blas()
def maximum_likelihood(
    log_density: Callable[[Any, Any], Any],
    X: ArrayLike,
    theta0: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    bounds: Sequence[tuple[float | None, float | None]] | None = None,
    method: Descent = "l-bfgs",
    tol: float = 1e-06,
    max_iter: int = 1000,
) -> Estimate:
    """Maximise the mean log density of rows, of which you write ``log_density(row, theta)``.

    Parameters
    ----------
    log_density : function compiled by ``@njit``
        Of a row (D,), read-only, and the parameters (P,), float64; returns a float, in nats. It is
        differentiated by fastad: loops, branches, helpers and arrays of its own are welcome.
    X : array-like of shape (N, D), float
        The rows, as float64. Whatever a row needs may be a column: a flag, the ends of a bin.
    theta0 : array-like of shape (P,)
        The start, where the log density of all rows is finite.
    sample_weight : array-like of shape (N,), default=None
        An integer weight is the same as repeating the row; one of a bin may be its count.
    bounds : sequence of P pairs, default=None
        ``(lowest, highest)`` of each parameter, None where there is none. For "l-bfgs" alone.
    method : {"l-bfgs", "newton-cg"}, default="l-bfgs"
    tol : float, default=1e-6
        Ends where no entry of the gradient is larger: see `Estimate`.
    max_iter : int, default=1000

    Returns
    -------
    Estimate

    Raises
    ------
    TypeError
        If `log_density` is no ``@njit`` function, or fastad cannot differentiate it: the message
        says where.
    ValueError
        If X, the weights, the start or the bounds are not as described, or the log density is not
        finite at the start.

    Notes
    -----
    Parameters without constraints are the best: logarithms of what is positive. Where the log
    density of a row is not finite a step is taken back. Derivatives are compiled at the first call
    with a function, which takes some seconds, and kept on disk where it is in a file. The units of
    a descent are one over the root mean squares of the scores of up to 1024 rows, taken anew every
    15 iterations.

    Examples
    --------
    Two Gaussians of unit variance and, with a share of its own, noise that is uniform on an
    interval of length 20:

    >>> import math
    >>> import numpy as np
    >>> from numba import njit
    >>> from fastgmm.gradient import maximum_likelihood
    >>> @njit
    ... def with_noise(row, theta):
    ...     noise = 1.0 / (1.0 + math.exp(-theta[2]))
    ...     normal = math.exp(-0.5 * (row[0] - theta[0]) ** 2)
    ...     normal += math.exp(-0.5 * (row[0] - theta[1]) ** 2)
    ...     normal *= 0.5 / math.sqrt(2 * math.pi)
    ...     return math.log(noise / 20.0 + (1.0 - noise) * normal)
    >>> rng = np.random.default_rng(0)
    >>> x = np.concatenate([rng.normal(-3, 1, 400), rng.normal(3, 1, 400),
    ...                     rng.uniform(-10, 10, 200)])
    >>> found = maximum_likelihood(with_noise, x[:, np.newaxis], [-1.0, 1.0, 0.0])
    >>> means, noise = found.theta[:2], 1 / (1 + np.exp(-found.theta[2]))
    >>> bool(abs(means - [-3, 3]).max() < 0.1), bool(abs(noise - 0.2) < 0.05)
    (True, True)
    """
    check_options(method, tol, max_iter)
    problem = DensityProblem(log_density, X, sample_weight)
    theta0 = np.array(check_kind(theta0, "theta0"), dtype=np.float64)
    if theta0.ndim != 1 or not theta0.size or not np.isfinite(theta0).all():
        raise ValueError(f"theta0 must be of shape (P,) and finite, got {theta0}")
    if bounds is not None:
        if method != "l-bfgs":
            raise ValueError(f'bounds need method="l-bfgs", got {method!r}')
        problem.bounds = _checked_bounds(bounds, theta0)
    found = descend(problem, theta0, method=method, tol=tol, max_iter=max_iter)
    at_bound = np.zeros(len(theta0), dtype=bool)
    theta = found.theta
    if bounds is not None:
        theta = np.clip(theta, *problem.bounds)  # type: ignore[misc]
        at_bound = _near(theta, problem.bounds, theta0).any(axis=0)
    return Estimate(theta, -found.value, *found[2:], at_bound, log_density)  # type: ignore[call-arg]


class DensityProblem(Problem):
    """Minus the mean log density of rows by a vector, to be minimised."""

    def __init__(self, log_density, X, sample_weight):
        if not is_jitted(log_density):
            raise TypeError(
                "log_density must be compiled by @njit, for fastad to differentiate it; got "
                f"{log_density!r}"
            )
        X = check_array(check_kind(X, "X"), dtype=np.float64, order="C", input_name="X")
        sample_weight = check_sample_weight(sample_weight, X)
        self.X = X
        self.weights = np.ones(len(X)) if sample_weight is None else sample_weight
        if not self.weights.all():  # a density of theirs that is not finite does not count
            some = self.weights > 0.0
            self.X, self.weights = X[some], self.weights[some]
        self.X = readonly(self.X)  # a log density that writes into its row is refused
        self.weight = float(self.weights.sum())
        self._drivers = drivers_of(log_density)

    def value_and_gradient(self, theta):
        """Return the value and the gradient (P,) at theta."""
        value, gradient = self._drivers[0](theta, self.X, self.weights)
        return value / self.weight, gradient / self.weight

    def hessian_product(self, theta, vector):
        """Return the Hessian at theta times a vector, (P,)."""
        return self._drivers[1](theta, self.X, self.weights, vector) / self.weight

    def scores(self, theta, every=1):
        """Yield the gradients of the log densities of rows, (n, P), and the rows' weights (n,).

        Of all rows, or of `every` so many-th alone.
        """
        one, places = np.ones(1), np.arange(0, len(self.X), every)
        for start in range(0, len(places), BLOCK_ROWS):
            block = places[start : start + BLOCK_ROWS]
            found = np.empty((len(block), len(theta)))
            for row, i in zip(found, block.tolist(), strict=True):
                row[:] = self._drivers[0](theta, self.X[i : i + 1], one)[1]
            yield -found, self.weights[block]

    def units(self, theta):
        """Return units in which the rows' scores at theta have a mean square of one."""
        every = -(-len(self.X) // UNIT_ROWS)
        ((scores, weights),) = self.scores(theta, every)
        square = weights @ scores**2 / weights.sum()
        some = np.isfinite(square) & (square > 0.0)
        return _Diagonal(np.where(some, 1.0 / np.sqrt(np.where(some, square, 1.0)), 1.0))


class _Diagonal:
    """Units that are a diagonal."""

    def __init__(self, scale):
        self.scale = scale

    def apply(self, z):
        return self.scale * z

    transposed = apply


def drivers_of(log_density):
    """Return the functions of value and gradient, and of Hessian products, of the negative sum.

    Anew each time, which takes milliseconds where they are compiled: fastad then sees that a global
    name or a helper of the function has changed.
    """

    @njit
    def negative_log_likelihood(theta, X, sample_weight):
        total = 0.0
        for i in range(X.shape[0]):
            total -= sample_weight[i] * log_density(X[i], theta)
        return total

    return fastad.value_and_grad(negative_log_likelihood), fastad.hvp(negative_log_likelihood)


def _checked_bounds(bounds, theta0):
    """Return bounds as an array (2, P) with infinities, or raise ValueError."""
    pairs = list(bounds)
    if len(pairs) != len(theta0) or any(len(pair) != 2 for pair in pairs):
        raise ValueError(f"bounds must be {len(theta0)} pairs, one for each parameter")
    lowest = np.array([-np.inf if low is None else low for low, _ in pairs], dtype=np.float64)
    highest = np.array([np.inf if high is None else high for _, high in pairs], dtype=np.float64)
    if not (lowest < highest).all():
        raise ValueError("bounds must be pairs of a lower and a higher number")
    if not ((lowest <= theta0) & (theta0 <= highest)).all():
        raise ValueError(f"theta0 must be within the bounds, got {theta0}")
    return np.stack([lowest, highest])


def _near(theta, bounds, theta0):
    """Return the mask (2, P) of parameters that are at a bound, but for rounding."""
    size = np.maximum(np.maximum(np.abs(theta), np.abs(theta0)), 1e-300)
    with np.errstate(invalid="ignore"):
        return np.abs(theta - bounds) <= 1e-12 * size

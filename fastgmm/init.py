"""Starting points: k-means++, k-means (which is hard EM), random rows, random responsibilities."""

import math

import numba
import numpy as np

from .em import EMRun, estimate, run_em
from .mixture import assemble
from .stats import check_no_overflow, overflow_checked_later

# k-means++ looks at no more than this many rows, or this many for each component: it
# keeps the memory of a start constant, and centres drawn from so many are as good.
SEEDING_ROWS = 2**15
SEEDING_ROWS_PER_COMPONENT = 32

# k-means stops early: EM will move its result anyway.
KMEANS_TOL = 1e-3
KMEANS_MAX_ITER = 100

_jit = numba.njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})


def initial_mixture(source, n_components, covariance_type, method, random_state, reg_covar):
    """Make the mixture from which EM starts.

    Parameters
    ----------
    source : ArraySource
    n_components : int
    covariance_type : str
    method : {"kmeans", "k-means++", "random_from_data", "labels", "random"}
        Assign each row to the nearest of: the k-means centres; k-means++ centres; random
        rows; the means of the labelled rows (k-means++ centres for components without).
        Or give it random responsibilities. The start is the M-step of that. Rows of known
        label keep it.
    random_state : numpy.random.RandomState
    reg_covar : float

    Returns
    -------
    EMRun
        At its start: the mixture, and which components needed help.
    """
    size = max(SEEDING_ROWS, SEEDING_ROWS_PER_COMPONENT * n_components)
    rows, weights = source.subsample(size, random_state)
    with overflow_checked_later():
        centre = np.average(rows, axis=0, weights=weights)
        variance = float(np.average((rows - centre) ** 2, axis=0, weights=weights).mean()) or 1.0
    check_no_overflow(variance)
    if method == "random":
        centres = np.broadcast_to(centre, (n_components, len(centre)))
        mode, seed = "random", int(random_state.randint(2**31))
    else:
        mode, seed = "hard", 0
        if method == "random_from_data":
            centres = _distinct_draws(rows, weights, n_components, random_state)
        elif method == "labels":
            centres = _label_means(source, n_components, centre)
            known = np.isfinite(centres).all(axis=1)
            centres[~known] = kmeans_plusplus(
                rows, weights, n_components - known.sum(), random_state, given=centres[known]
            )
        else:
            centres = kmeans_plusplus(rows, weights, n_components, random_state)
        if method == "kmeans":
            kmeans = EMRun(_equal_mixture(centres, variance, "spherical"))
            run_em(
                kmeans,
                source,
                "spherical",
                mode="hard",
                tol=KMEANS_TOL,
                max_iter=KMEANS_MAX_ITER,
                fixed=("weights", "covariances"),
            )
            centres = kmeans.mixture.means
    start = _equal_mixture(centres, variance, covariance_type)
    _, step = estimate(source, start, covariance_type, mode=mode, seed=seed, reg_covar=reg_covar)
    return EMRun(step.mixture, floored=step.floored_components)


def _equal_mixture(centres, variance, covariance_type):
    """Return the mixture with equal weights and equal spherical covariances, of any type."""
    k, d = centres.shape
    shape = {"full": (k, d, d), "tied": (1, d, d), "diag": (k, d), "spherical": (k, 1)}
    shape = shape[covariance_type]
    unit = np.broadcast_to(np.eye(d) if len(shape) == 3 else 1.0, shape)
    return assemble(np.full(k, 1.0 / k), centres, variance * unit, unit / math.sqrt(variance))


def _label_means(source, n_components, centre):
    """Return the mean of each component's labelled rows, (K, D); NaN where there are none."""
    centres = np.broadcast_to(centre, (n_components, len(centre)))
    stats = source.labelled().statistics(
        _equal_mixture(centres, 1.0, "spherical"), "spherical", mode="hard", second=False
    )
    with np.errstate(invalid="ignore"):
        return stats.shift + stats.first / stats.nk[:, np.newaxis]


def _distinct_draws(rows, weights, n, random_state):
    """Draw `n` rows without replacement, each with probability proportional to its weight.

    A row of weight w counts as w rows, of which a draw takes one: an integer weight is
    the same as repeating the row.
    """
    weights = weights.copy()
    chosen = np.empty(n, dtype=np.int64)
    for i, u in enumerate(random_state.uniform(size=n)):
        cumulative = np.cumsum(weights)
        chosen[i] = min(
            np.searchsorted(cumulative, u * cumulative[-1], side="right"), len(weights) - 1
        )
        weights[chosen[i]] = max(weights[chosen[i]] - 1.0, 0.0)
    return rows[chosen]


def kmeans_plusplus(rows, weights, n_clusters, random_state, given=()):
    """Choose initial centres by greedy k-means++.

    Parameters
    ----------
    rows : ndarray of shape (n, D), float64
    weights : ndarray of shape (n,), float64
    n_clusters : int
    random_state : numpy.random.RandomState
    given : sequence of ndarray of shape (D,)
        Centres chosen already: the others keep away from them.

    Returns
    -------
    ndarray of shape (n_clusters, D)
        Rows, each drawn with probability proportional to its weighted squared distance from
        the nearest centre so far; of ``2 + log(n_clusters)`` draws the best is taken.

    References
    ----------
    Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
    """
    if n_clusters == 0:
        return rows[:0]
    n_trials = 2 + int(math.log(n_clusters))
    draws = random_state.uniform(size=(n_clusters, n_trials))
    # The unit keeps squares in range; distances need no more.
    unit = np.abs(rows - rows[0]).max() or 1.0
    columns = np.ascontiguousarray(((rows - rows[0]) / unit).T)
    nearest = np.full(len(rows), np.inf)
    for centre in given:
        _distances(columns, weights, (centre - rows[0]) / unit, nearest, nearest)
    chosen = np.empty(n_clusters, dtype=np.int64)
    _greedy_seeding(columns, weights, draws, nearest, chosen)
    return rows[chosen]


@_jit
def _greedy_seeding(columns, weights, draws, nearest, chosen):
    """Set chosen (K,) to the indices of the columns of `columns` (D, n); draws (K, trials).

    nearest (n,): squared distances from the centres so far; infinite if there are none.
    """
    n = weights.size
    n_clusters, n_trials = draws.shape
    trial = np.empty(n)
    best = np.empty(n)
    cumulative = np.empty(n)
    for c in range(n_clusters):
        first = np.isinf(nearest[0])
        total = 0.0
        for b in range(n):
            total += weights[b] * (1.0 if first else nearest[b])
            cumulative[b] = total
        best_potential = np.inf
        for t in range(1 if first else n_trials):
            u = draws[c, t] * total
            # With no distance left (fewer distinct rows than centres) any row will do.
            i = _first_above(cumulative, u)
            potential = _distances(columns, weights, columns[:, i].copy(), nearest, trial)
            if potential < best_potential or t == 0:
                best_potential = potential
                chosen[c] = i
                best, trial = trial, best
        nearest, best = best, nearest


@_jit
def _first_above(increasing, value):
    """Return the first index whose entry exceeds `value`; the last if none does."""
    low, high = 0, increasing.size - 1
    while low < high:
        middle = (low + high) // 2
        if increasing[middle] > value:
            high = middle
        else:
            low = middle + 1
    return low


@_jit
def _distances(columns, weights, centre, nearest, out):
    """Set out (n,) to the lesser of `nearest` and the squared distances; return its sum.

    `out` may be `nearest`.
    """
    d, n = columns.shape
    potential = 0.0
    distance = np.empty(1024)
    for first in range(0, n, distance.size):
        size = min(distance.size, n - first)
        distance[:size] = 0.0
        for j in range(d):
            c = centre[j]
            for b in range(size):
                distance[b] += (columns[j, first + b] - c) * (columns[j, first + b] - c)
        for b in range(size):
            out[first + b] = min(distance[b], nearest[first + b])
        for b in range(size):
            potential += weights[first + b] * out[first + b]
    return potential

"""Starting points: k-means++, k-means (which is hard EM), random rows, random responsibilities."""

import math

import numpy as np

from ..covariances import TYPES
from ..mixture import assemble
from ..passes.sources import ArraySource
from ..passes.statistics import check_no_overflow, overflow_checked_later
from ..passes.threads import single_threaded_blas
from ..simd.compiled import cached_njit
from ..simd.panels import (
    larger,
    load_row,
    panel_of,
    panel_rows,
    panels,
    row_of,
    row_sum,
    store_row,
)
from ..simd.products import ENTRY_OPTIONS, OPTIONS
from .loop import EMRun, estimate, run_em
from .m_step import MStepOptions

SPHERICAL = TYPES["spherical"]

# A start looks at a sample of the rows, of so many in all or for each component, but no more bytes
# than this unless fewer rows would be left for each component than the last number.
SAMPLE_ROWS, SAMPLE_ROWS_PER_COMPONENT = 2**15, 128
SAMPLE_BYTES, FEWEST_ROWS_PER_COMPONENT = 2**24, 32
# k-means++ looks at a part of the sample, with so many times the usual draws for a centre: at the
# same cost that finds better centres than fewer draws from more rows.
SEEDING_ROWS, SEEDING_ROWS_PER_COMPONENT = 2**13, 32
SEEDING_EFFORT = 4

# With fewer features, or with less of such work, N K D^2, their products cost less than rows
# gathered about their centres, or so little that it is not worth to compile code for those.
FEWEST_FEATURES_BY_SPHERES, LEAST_WORK_BY_SPHERES = 9, 2e7

# k-means ends when an iteration lowers the sum of squares by less than this share of it: on the
# sample, where it comes near its end cheaply, and on all rows.
KMEANS_SAMPLE_TOL = 1e-5
KMEANS_TOL = 1e-3
KMEANS_MAX_ITER = 100

# Of so many differences, N K D, at most an iteration of k-means is done by NumPy: as a pass of hard
# EM it costs as much for its plan and its bookkeeping alone.
MOST_BY_NUMPY = 5e4

_jit = cached_njit(**OPTIONS)


@single_threaded_blas()  # once for all that follows: its sums are part of the bitwise same result
def initial_mixture(source, n_components, options, method, random_state):
    """Make the mixture from which EM starts.

    Parameters
    ----------
    source : ArraySource
    n_components : int
    options : MStepOptions, MapOptions or VariationalOptions
        What is fixed does not count: it takes the place of what is estimated here.
    method : {"kmeans", "k-means++", "random_from_data", "labels", "random"}
        Assign each row to the nearest of: the k-means centres; k-means++ centres; random
        rows; the means of the labelled rows (k-means++ centres for components without).
        Or give it random responsibilities. The start is the M-step of that. Rows of known
        label keep it.
    random_state : numpy.random.RandomState

    Returns
    -------
    EMRun
        At its start: the mixture, and which components needed help.
    """
    rows, weights = source.subsample(sample_size(source, n_components), random_state)
    centre, variance = mean_and_variance(rows, weights)
    if method == "random":
        centres = np.broadcast_to(centre, (n_components, len(centre)))
        mode, seed = "random", int(random_state.randint(2**31))
    else:
        mode, seed = "hard", 0
        if method == "random_from_data":
            centres = _distinct_draws(rows, weights, n_components, random_state)
        elif method == "labels":
            centres = _label_means(source, n_components, centre, variance)
            known = np.isfinite(centres).all(axis=1)
            centres[~known] = kmeans_plusplus(
                rows, weights, n_components - known.sum(), random_state, given=centres[known]
            )[0]
        else:
            size = max(SEEDING_ROWS, SEEDING_ROWS_PER_COMPONENT * n_components)
            part = ArraySource(rows, weights).subsample(size, random_state)
            centres, within = kmeans_plusplus(*part, n_components, random_state)
        if method == "kmeans":
            within = max(within, 1e-12 * variance)  # of few distinct rows it is zero
            centres = _kmeans_of_sample(rows, weights, centres, within, source.rows_dtype)
            if len(rows) < source.n_rows or not source.complete:
                centres = _kmeans(source, centres, within, KMEANS_TOL)
    options = options._replace(fixed=())
    start = _equal_mixture(centres, variance, options.covariance)
    # At their cost, rows are assigned for full covariances too. Of the size of the total variance
    # spheres would not tell near centres apart, beside one row that is far away.
    full, d = options.covariance.moments == "full", source.n_features
    by_spheres = full and d >= FEWEST_FEATURES_BY_SPHERES
    by_spheres &= source.n_rows * n_components * d * d >= LEAST_WORK_BY_SPHERES
    spheres = _equal_mixture(
        centres,
        min(variance, _smallest_square(centres) / d),
        SPHERICAL if by_spheres else options.covariance,
    )
    _, step = estimate(source, spheres, options, mode=mode, seed=seed, previous=start)
    return EMRun(step.mixture, floored=step.floored_components, posterior=step.posterior)


def sample_size(source, n_components):
    """Return how many rows of a source a start looks at together."""
    per_component = SAMPLE_ROWS_PER_COMPONENT * n_components
    size = min(max(SAMPLE_ROWS, per_component), SAMPLE_BYTES // (8 * source.n_features))
    return max(size, FEWEST_ROWS_PER_COMPONENT * n_components)


def mean_and_variance(rows, weights):
    """Return the mean (D,) of weighted rows (n, D), and the mean of their variances, or 1 for 0."""
    total = weights.sum()
    with overflow_checked_later():
        mean = weights @ rows / total
        squares = rows - mean
        np.square(squares, out=squares)
        variance = float((weights @ squares / total).mean()) or 1.0
    check_no_overflow(variance)
    return mean, variance


def _kmeans_of_sample(rows, weights, centres, variance, dtype):
    """Return the centres (K, D) after Lloyd's iterations on weighted rows (n, D)."""
    if centres.size * len(rows) <= MOST_BY_NUMPY:
        found = _kmeans_by_numpy(rows, weights, centres, KMEANS_SAMPLE_TOL * variance)
        if found is not None:
            return found
    sample = ArraySource(rows.astype(dtype, copy=False), weights)
    return _kmeans(sample, centres, variance, KMEANS_SAMPLE_TOL)


def _kmeans_by_numpy(rows, weights, centres, tol):
    """Return the centres after Lloyd's iterations, or None where one comes to hold no row.

    They end as those of `_kmeans` do: when no row changes its centre, or when the mean square in a
    feature falls by less than `tol`.
    """
    if not weights.all():  # their rows may be anywhere, and count for nothing
        rows, weights = rows[weights > 0.0], weights[weights > 0.0]
    columns = np.ascontiguousarray(rows.T)
    unit = math.ldexp(1.0, math.frexp(np.abs(columns).max())[1])  # a square is no more than 4 D
    columns, centres, tol = columns / unit, centres / unit, tol / unit / unit
    held = np.arange(len(centres))[:, np.newaxis]
    previous, before, total = None, np.inf, weights.sum() * len(columns)
    for _ in range(KMEANS_MAX_ITER):
        apart = columns - centres[:, :, np.newaxis]
        squares = np.square(apart).sum(axis=1)
        nearest = squares.argmin(axis=0)
        square = weights @ squares.min(axis=0) / total
        shares = np.where(nearest == held, weights, 0.0)
        of_each = shares.sum(axis=1, keepdims=True)
        if not of_each.all():
            return None
        # From where a centre was its own rows are near, however far from all others they are.
        centres = centres + (apart @ shares[:, :, np.newaxis])[:, :, 0] / of_each
        if before - square < tol or np.array_equal(nearest, previous):
            break
        previous, before = nearest, square
    return centres * unit


def _kmeans(source, centres, variance, tol):
    """Return the centres after Lloyd's iterations, of spheres of the variance about them.

    They end when the sum of squares falls by less than the share `tol` of the first one.
    """
    kmeans = EMRun(_equal_mixture(centres, variance, SPHERICAL))
    run_em(
        kmeans,
        source,
        MStepOptions(SPHERICAL, fixed=("weights", "covariances")),
        mode="hard",
        tol=0.5 * centres.shape[1] * tol,  # the bound is - squares / (2 variance)
        max_iter=KMEANS_MAX_ITER,
    )
    return kmeans.mixture.means


def _smallest_square(centres):
    """Return the smallest squared distance between two different centres, or infinity."""
    smallest = np.inf
    for k in range(len(centres) - 1):
        squares = np.square(centres[k + 1 :] - centres[k]).sum(axis=1)
        smallest = min(smallest, np.min(squares, where=squares > 0.0, initial=np.inf))
    return float(smallest)


def _equal_mixture(centres, variance, covariance):
    """Return the mixture with equal weights and equal spherical covariances, of any type."""
    k, d = centres.shape
    return assemble(np.full(k, 1.0 / k), centres, *covariance.isotropic(variance, k, d))


def _label_means(source, n_components, centre, variance):
    """Return the mean of each component's labelled rows, (K, D); NaN where there are none.

    `centre` and `variance` are those of all rows, far from which rows are clamped (see `FAR`).
    """
    centres = np.broadcast_to(centre, (n_components, len(centre)))
    stats = source.labelled().statistics(
        _equal_mixture(centres, variance, SPHERICAL), "spherical", mode="hard", second=False
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
    centres : ndarray of shape (n_clusters, D)
        Rows, each drawn with probability proportional to its weighted squared distance from
        the nearest centre so far; of ``4 (2 + log(n_clusters))`` draws the best is taken.
    variance : float
        The mean squared distance of the rows from their nearest centres, per feature.

    References
    ----------
    Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
    """
    d = rows.shape[1]
    n_trials = SEEDING_EFFORT * (2 + int(math.log(max(n_clusters, 1))))
    draws = random_state.uniform(size=(n_clusters, n_trials))
    origin = _middle(rows)
    unit = max(float(np.abs(column - x).max()) for column, x in zip(rows.T, origin, strict=True))
    unit = unit or 1.0  # it keeps squares in range; distances need no more
    given = (np.reshape(given, (-1, d)) - origin) / unit
    chosen = np.empty(n_clusters, dtype=np.int64)
    n_panels = -(-len(rows) // panel_rows(rows.dtype))
    # The points, padded; their weights, zero where they are padded; minus the squared distance from
    # the nearest centre, and what it would become with each trial; the trials' sums; scratch.
    heights = (d, 1, 1, n_trials)
    buffers = [panels(n_panels, height, rows.dtype) for height in heights]
    buffers += [panels(1, n_trials, rows.dtype), np.empty(n_panels), np.empty((n_trials, d))]
    indices = np.empty(n_trials, np.int64)
    squares = _greedy_seeding(
        rows, weights, origin, 1.0 / unit, given, draws, chosen, *buffers, indices
    )
    return rows[chosen], squares / weights.sum() / d * unit * unit


def _middle(rows):
    """Return the median (D,) of 33 to 64 rows, or all: beside one row far away digits are kept."""
    some = rows[:: -(-len(rows) // 64)]
    return np.partition(some, len(some) // 2, axis=0)[len(some) // 2]


@cached_njit(**ENTRY_OPTIONS)
def _greedy_seeding(
    rows, row_weights, origin, inv_unit, given, draws, chosen, points, weights, nearest, trials,
    sums, panel_potentials, centre, indices,
):  # fmt: skip
    """Set chosen (K,) to the indices of rows (n, D); return the sum of squared distances.

    Distances are those of ``(rows - origin) inv_unit``, and of given (., D), centres chosen
    already. draws (K, trials): from the unit interval. The other arguments are scratch; see
    `kmeans_plusplus`.
    """
    n, d = rows.shape
    n_clusters, n_trials = draws.shape
    size = panel_of(points)
    n_panels = points.shape[0]
    potential = 0.0
    for p in range(n_panels):
        for b in range(min(size, n - p * size)):
            for j in range(d):
                points[p, j, b] = (rows[p * size + b, j] - origin[j]) * inv_unit
            weights[p, 0, b] = row_weights[p * size + b]
        value = row_of(points, -1.0 if given.shape[0] == 0 else -np.inf)
        for g in range(given.shape[0]):
            value = larger(_minus_squared_distance(points, p, given, g), value)
        store_row(nearest, p, 0, value)
    for c in range(-1, n_clusters):
        best = -1  # before the first: the potential of what is given
        if c >= 0:
            first = c == 0 and given.shape[0] == 0
            for t in range(n_trials):
                i = _draw(weights, nearest, panel_potentials, draws[c, t] * potential)
                i = min(i, n - 1)  # with no distance left (fewer distinct rows) any row will do
                for j in range(d):
                    centre[t, j] = points[i // size, j, i % size]
                indices[t] = i
                store_row(sums, 0, t, row_of(sums, 0.0))
            for p in range(n_panels):
                so_far = load_row(nearest, p, 0) if not first else row_of(points, -np.inf)
                weight = load_row(weights, p, 0)
                for t in range(n_trials):
                    value = larger(_minus_squared_distance(points, p, centre, t), so_far)
                    store_row(trials, p, t, value)
                    store_row(sums, 0, t, load_row(sums, 0, t) + weight * value)
            best = 0
            for t in range(1, n_trials):
                if row_sum(load_row(sums, 0, t)) > row_sum(load_row(sums, 0, best)):
                    best = t
            chosen[c] = indices[best]
        potential = 0.0
        for p in range(n_panels):
            if best >= 0:
                store_row(nearest, p, 0, load_row(trials, p, best))
            value = load_row(nearest, p, 0)
            panel_potentials[p] = -row_sum(load_row(weights, p, 0) * value)
            potential += panel_potentials[p]
    return potential


@_jit
def _minus_squared_distance(points, p, centres, c):
    """Return minus the squared distances of panel p of points from row c of centres."""
    total = row_of(points, 0.0)
    for j in range(points.shape[1]):
        difference = load_row(points, p, j) - centres[c, j]
        total = total - difference * difference
    return total


@_jit
def _draw(weights, nearest, panel_potentials, value):
    """Return the first row up to which ``- weights * nearest`` sums to more than `value`."""
    size = panel_of(weights)
    p = 0
    while p < panel_potentials.size - 1 and value >= panel_potentials[p]:
        value -= panel_potentials[p]
        p += 1
    for b in range(size):
        value += weights[p, 0, b] * nearest[p, 0, b]
        if value < 0.0:
            return p * size + b
    return (p + 1) * size - 1

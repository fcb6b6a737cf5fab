"""`Plan`: how one pass over the rows computes with a given mixture.

A pass works in a frame of its own, ``x' = (x - centre) / scale``, near which all rows lie,
with power-of-two scales so that scaling is exact. There, log densities are one matrix
product of the rows' monomials with the mixture's natural parameters, and so are the
sufficient statistics. Expanding the square like this cancels where a component is much
tighter than its distance from the centre, or its features are nearly collinear: such
components are `local` and take the direct form about their own mean.
"""

import functools
import math
from typing import NamedTuple

import numpy as np

from ..covariances.factors import diagonals, precisions_of, upper_triangle
from ..simd.products import pack_tiles, pack_triangles
from .frames import to_frame

KINDS = {"full": 0, "tied": 1, "diag": 2, "spherical": 3}

# Largest sum of absolute terms of an expanded quadratic form at a typical row of its
# component. Times the unit roundoff it is, within a factor of two, the largest error of a log
# density: 1e-10 in float64, 2e-4 in float32 (a hundredth of that in the mean over rows).
EXPANSION_LIMIT = {np.dtype(np.float64): 1e6, np.dtype(np.float32): 4e3}

# Beyond this the monomials of a row outgrow the cache, and the direct form is faster.
MAX_EXPANDED_FEATURES = 32

# Of the precisions that are looked at together.
CACHED_BYTES = 2**19

# A component at more than so many of its deviations from the centre loses digits, unless the
# centre is chosen among the rows.
MOST_DEVIATIONS = {np.dtype(np.float64): 1e5, np.dtype(np.float32): 100.0}

# float32 will do for components within this many of their own deviations from the mean of all rows:
# subtracting a centre then rounds a row by less than a thousandth of a deviation.
MOST_DEVIATIONS_OF_SINGLE = 1e4

# Rows are clamped to this distance from the centre, in units of the scale: far enough to
# rule nothing out, near enough that squares do not overflow to inf - inf.
FAR = {np.dtype(np.float64): 1e120, np.dtype(np.float32): 1e12}
# Rows whose log density is so many nats, and one for each feature, below that of any component at
# its mean are scored once more, where more digits are kept (see `far_out`): a rounding of their
# squares is 1e-8 nats in float64 and 6e-4 in float32, which tells components apart no better.
MOST_NATS = {np.dtype(np.float64): 1e8, np.dtype(np.float32): 1e4}

# The log density of a weight of zero: no other can lift it.
LOWEST = {np.dtype(t): float(np.finfo(t).min / 4) for t in (np.float64, np.float32)}

# Of mixtures whose plans are kept, for rows that come one by one.
RECENT_BYTES, MOST_RECENT = 2**14, 32
_recent = {}


class Local(NamedTuple):
    """What a kernel needs of components beside the expanded form; T is its dtype.

    ``direct``: the numbers of those whose density takes the direct form, which are local. Without
    triangles (see `Plan`) ``scales``, ``points`` (K, D) T are theirs: ``y = (x - point) scale`` is
    a whitened row. ``log_norms`` (K,) T. ``shifted`` (K,): statistics are taken about the plan's
    shift; of rows multiplied by the triangles ``whiten`` (K or 1 or 0, D, D) T first.
    """

    direct: np.ndarray
    scales: np.ndarray
    points: np.ndarray
    log_norms: np.ndarray
    shifted: np.ndarray
    whiten: np.ndarray


class Plan(NamedTuple):
    """The arrays that a kernel reads; T is the dtype that it computes in.

    ``kind``: `KINDS`. ``far``: `FAR`. ``far_out``: the log density of `MOST_NATS`.
    ``n_quadratic``: number of quadratic monomials Q, the last of the F monomials
    ``[1, x_1 ... x_D, quadratic...]``; 0 where full covariances have no use for them.
    ``natural`` T: the natural parameters (K, F), packed by `pack_tiles`; those of a tied
    covariance are of its whitened rows. ``triangles`` T: packed by `pack_triangles`: of full
    covariances the K transposed Cholesky factors L and ``-L mean``, if any component is
    local; of a tied one L alone.
    ``lowest``: no log density is below it. ``shift`` (K, D) T: statistics are taken about it, of
    ``n_shifted`` components. ``expand``: some component is not local. ``second``: second moments
    are wanted. ``local``: None where no component is local or shifted, and rows have no labels.
    """

    kind: int
    n_quadratic: int
    centre: np.ndarray
    inv_scale: np.ndarray
    far: float
    far_out: float
    natural: np.ndarray
    triangles: np.ndarray
    lowest: float
    n_shifted: int
    shift: np.ndarray
    expand: bool
    second: bool
    local: Local | None


@np.errstate(over="ignore", invalid="ignore")  # where a square overflows, the form is direct
def make_plan(
    mixture,
    covariance_type,
    dtype,
    *,
    rows=None,
    second=True,
    centre=None,
    shift=None,
    shifted=None,
    whiten=None,
    direct=False,
    general=False,
):
    """Plan a pass with `mixture`, computing in `dtype`.

    `covariance_type` is that of the mixture and of the second moments; for full ones the mixture's
    covariances may be spherical or diagonal, which takes the direct form.
    The frame's centre is `centre` (D,), by default the mean of the mixture, or a point near most
    rows if digits ask for it: `rows` is a function that returns some of them (n, D).
    `shift` (K, D) and the mask `shifted` (K,) ask for statistics about other points than
    the plan would choose; `second` says whether second moments are wanted at all. `whiten`, factors
    of precisions, asks for those of rows whitened by them. `direct` asks for the direct form of all
    full covariances, `general` for `Plan.local` in any case.
    """
    dtype, kind = np.dtype(dtype), KINDS[covariance_type]
    d, full = mixture.means.shape[1], mixture.covariances.ndim == 3
    direct = direct or d > MAX_EXPANDED_FEATURES or not full
    f = _framed(mixture, kind, centre)
    local, precisions = _local(kind, f, direct, dtype)
    # Of none that is not local a mean is `MOST_DEVIATIONS` from the centre.
    if centre is None and rows is not None and np.count_nonzero(local):
        centre = _nearer(mixture, f.centre, rows, dtype)
        if centre is not None:
            f = _framed(mixture, kind, centre)
            local, precisions = _local(kind, f, True, dtype)
    shift, shifted = _points(mixture, f, local, shift, shifted)
    if kind == KINDS["tied"] or whiten is not None:  # one scatter for all: all shifted, or none
        shifted = np.full_like(shifted, np.count_nonzero(shifted) or whiten is not None)
    of_local, n_shifted = local.nonzero()[0], np.count_nonzero(shifted)
    expand = min(len(of_local), n_shifted) < len(local)
    log_norms = mixture.log_norms.astype(np.float64, copy=False)
    lowest = LOWEST[dtype]
    natural = triangles = np.zeros(0, dtype)
    if expand:
        natural = pack_tiles(_natural(kind, precisions, f.points, log_norms, lowest).astype(dtype))
    if full and (kind == KINDS["tied"] or len(of_local)):
        triangles = _triangles(kind, f.lower, f.means, dtype)
    beside = None
    if general or n_shifted or len(of_local):
        norms = np.maximum(log_norms, lowest).astype(dtype)
        scales, whiten = _scales(f, of_local, dtype), _whiten(whiten, f, dtype)
        beside = Local(of_local, *scales, norms, shifted, whiten)
    return Plan(
        kind,
        n_quadratic(kind, d) if expand or kind != KINDS["full"] else 0,
        f.centre,
        1.0 / f.scale,
        FAR[dtype],
        _far_out(log_norms, d, dtype),
        natural,
        triangles,
        lowest,
        n_shifted,
        _shift(shift, shifted, n_shifted, dtype),
        expand,
        second,
        beside,
    )


def _points(mixture, f, local, shift, shifted):
    """Return the points about which statistics are, in the frame, and of which components."""
    if shift is None:
        return f.means, local
    shift = np.where(shifted[:, np.newaxis], shift, mixture.means)
    return (shift - f.centre) / f.scale, shifted | local


def recent_plan(mixture, covariance_type, dtype, *, rows=None, general=False, **options):
    """Do `make_plan`; of a small mixture and nothing else once, if it does not ask for rows.

    And if nobody can write to it: who puts a Mixture together by hand may change its arrays.
    """
    large = mixture.means.nbytes + mixture.covariances.nbytes > RECENT_BYTES
    if options or large or any(a.flags.writeable for a in mixture):
        options["general"] = general
        return make_plan(mixture, covariance_type, dtype, rows=rows, **options)
    key = id(mixture), covariance_type, np.dtype(dtype).char, general
    of, plan = _recent.get(key, (None, None))
    if of is mixture:  # which does not change, nor does another have its id as long as it is kept
        return plan
    asked = []

    def ask():
        asked.append(True)
        return rows()

    plan = make_plan(mixture, covariance_type, dtype, rows=ask, general=general)
    if not asked:
        if len(_recent) >= MOST_RECENT:
            _recent.clear()
        _recent[key] = mixture, plan
    return plan


class _Framed(NamedTuple):
    """A mixture in the frame of a plan: about its centre, in units of its scale.

    ``lower`` (K, D, D): transposed Cholesky factors of the precisions, or None where the mixture
    has none. ``points`` and ``scales``, None for full covariances, are those of whitened rows.
    """

    centre: np.ndarray
    scale: np.ndarray
    means: np.ndarray
    deviations: np.ndarray
    lower: np.ndarray | None
    points: np.ndarray
    scales: np.ndarray | None

    def precisions(self):
        """Return the precisions in the frame: (K, D, D) of full covariances, else (K, D)."""
        if self.scales is None:
            return precisions_of(self.lower.transpose(0, 2, 1))
        return self.scales**2


def _framed(mixture, kind, centre):
    if mixture.means.dtype != np.float64:
        mixture = type(mixture)(*(a.astype(np.float64) for a in mixture))
    weights, means, covariances, factors, _ = mixture
    k, d = means.shape
    deviations = np.sqrt(diagonals(covariances))
    centre = weights @ means if centre is None else centre
    scale, means, deviations = _to_frame(weights, means, deviations, kind, centre)
    lower = scales = None
    if factors.ndim == 3:
        lower = (scale[:, np.newaxis] * factors).transpose(0, 2, 1)
    if kind == KINDS["tied"]:  # of whitened rows its covariance is the unit
        points, scales = means @ lower[0].T, np.ones((k, d))
        deviations = np.ones((k, d))
    else:
        points = means
        scales = factors * scale if factors.ndim == 2 else None
    return _Framed(centre, scale, means, deviations, lower, points, scales)


def _nearer(mixture, mean, rows, dtype):
    """Return the centre, should digits ask for another than the mean of a mixture, or None."""
    k, d = mixture.means.shape
    deviations = np.sqrt(variances_of(mixture.covariances.astype(np.float64), k, d))
    if not (np.abs(mixture.means - mean) > MOST_DEVIATIONS[dtype] * deviations).any():
        return None
    nearer = near_tight(_near(mean, rows()), mixture, dtype)
    return None if np.array_equal(nearer, mean) else nearer


def _local(kind, f, direct, dtype):
    """Return which components (K,) take the direct form: an expanded one would lose digits.

    And the precisions, or None where the direct form of all is sure.
    """
    if kind == KINDS["full"] and direct:
        return np.ones(len(f.means), bool), None
    precisions, reach = f.precisions(), f.deviations + np.abs(f.points)  # how far their rows are
    local = ~(quadratic_size(precisions, reach) <= EXPANSION_LIMIT[dtype])
    if kind == KINDS["tied"]:  # the form of its rows is common to all components
        local = np.full_like(local, np.count_nonzero(local) > 0)
    return local, precisions


def _shift(shift, shifted, n_shifted, dtype):
    """Return ``Plan.shift``: zero where it is not asked for."""
    if n_shifted == 0:
        return np.zeros(shift.shape, dtype)
    return np.ascontiguousarray(np.where(shifted[:, np.newaxis], shift, 0.0), dtype)


def _whiten(whiten, f, dtype):
    """Return ``Local.whiten`` of factors, or of none."""
    if whiten is None:
        return np.zeros((0, len(f.scale), len(f.scale)), dtype)
    return np.ascontiguousarray((f.scale[:, np.newaxis] * whiten).transpose(0, 2, 1), dtype)


def _triangles(kind, lower, means, dtype):
    """Return the packed triangles (`Plan.triangles`) of full or tied covariances."""
    if kind == KINDS["tied"]:
        return pack_triangles(lower, np.zeros((1, means.shape[1])), dtype)
    return pack_triangles(lower, -(lower @ means[:, :, np.newaxis])[:, :, 0], dtype)


def _scales(f, of_local, dtype):
    """Return ``Local.scales`` and ``points``, unless there are triangles or none is local."""
    if f.scales is None or not len(of_local):
        return np.zeros((0, 0), dtype), np.zeros((0, 0), dtype)
    return f.scales.astype(dtype), f.points.astype(dtype)


def _far_out(log_norms, d, dtype):
    """Return the log density of `MOST_NATS`: a number of `dtype`, to be compared in it."""
    least = log_norms.min()
    if not math.isfinite(least):
        least = np.min(log_norms, where=np.isfinite(log_norms), initial=np.inf)
    return float(dtype.type(least - MOST_NATS[dtype] - d))


def n_quadratic(kind, d):
    """Return the number of quadratic monomials that the statistics of a kind need."""
    return (d * (d + 1) // 2, 0, d, 1)[kind]


def _near(centre, rows):
    """Return `centre` (D,), moved to the rows (n, D) where it is far from most of them.

    What a row loses when the centre is subtracted it then has not to lose, unless it is nearer to
    zero than to the centre: see `near_tight`.
    """
    low, high = np.quantile(rows, (0.25, 0.75), axis=0)
    margin = 10.0 * (high - low)
    return np.clip(centre, low - margin, high + margin)


def near_tight(centre, mixture, dtype):
    """Return `centre` (D,), moved to the tightest component that loses digits by it.

    Such is one many of its deviations from the centre and nearer to zero: its rows have digits to
    lose. Where they are a component's mean instead, the others' rows, which are not so near to
    zero or not so tight, lose less. A feature each has its own.
    """
    k, d = mixture.means.shape
    deviations = np.sqrt(variances_of(mixture.covariances, k, d))
    most, means = MOST_DEVIATIONS[np.dtype(dtype)], np.asarray(mixture.means, np.float64)
    known = np.maximum(deviations, np.abs(means) / most)  # to what the rows' own digits tell
    distances = np.abs(means - centre) / known
    asking = distances > most
    tightest = np.where(asking, deviations, np.inf).argmin(axis=0)
    other = means[tightest, np.arange(d)]
    better = (np.abs(means - other) / known).max(axis=0) < distances.max(axis=0)
    return np.where(asking.any(axis=0) & better, other, centre)


def frame(weights, means, variances, kind, centre=None):
    """Return the centre, the mean unless given, and the power-of-two scale of a mixture: (D,)."""
    centre = weights @ means if centre is None else centre
    return centre, _to_frame(weights, means, np.sqrt(variances), kind, centre)[0]


def _to_frame(weights, means, deviations, kind, centre):
    # The quadratic monomial of spherical covariances mixes the features.
    return to_frame(weights, means, deviations, centre, kind == KINDS["spherical"])


def variances_of(covariances, k, d):
    """Return the variance of every feature in every component, (K, D)."""
    variances = diagonals(covariances)
    return variances if variances.shape == (k, d) else np.broadcast_to(variances, (k, d))


def quadratic_size(precisions, a):
    """Return ``sum_ij |P_ij| a_i a_j`` of each component, (K,): what an expansion cancels."""
    if precisions.ndim == 2:
        products = precisions * a
    elif len(precisions) == 1:
        products = a @ np.abs(precisions[0])
    else:
        products = (a[:, np.newaxis] @ np.abs(precisions))[:, 0]
    return (products * a).sum(axis=1)


def far_apart(mixture):
    """Tell whether float32 is too coarse for rows of some component, in units of its deviations."""
    k, d = mixture.means.shape
    means = np.asarray(mixture.means, np.float64)
    deviations = np.sqrt(variances_of(np.asarray(mixture.covariances, np.float64), k, d))
    distances = np.abs(means - np.asarray(mixture.weights, np.float64) @ means)
    return bool((distances > MOST_DEVIATIONS_OF_SINGLE * deviations).any())


def cancelled(mixture, shift, dtype=np.float64, whitened=False):
    """Return the mask of components whose covariance cancelled for want of a nearer shift.

    `mixture` was estimated from statistics about `shift` (K, D), computed in `dtype`. The part that
    its covariance had to subtract, in units of the covariance itself, is what counts: in units of
    each feature, or of whitened rows.
    """
    moved, factors = np.abs(mixture.means - shift), mixture.precisions_cholesky
    if whitened:
        size = np.square((mixture.means - shift)[:, np.newaxis] @ factors).sum(axis=(1, 2))
        return size > EXPANSION_LIMIT[np.dtype(dtype)]
    at_once = len(moved)
    if len(factors) == len(moved):
        at_once = max(1, CACHED_BYTES // (8 * factors[0].size))
    size = np.empty(len(moved))
    for k in range(0, len(moved), at_once):
        some = slice(k, k + at_once)
        size[some] = quadratic_size(precisions_of(factors[some]), moved[some])
    return size > EXPANSION_LIMIT[np.dtype(dtype)]


def clamped(moved, mixture, dtype, centre=None):
    """Return the mask of components whose means `moved` (K, D) from their shift as by clamped rows.

    Those are far out of the frame that `mixture` has about `centre` (see `FAR`). Where second
    moments are wanted these tell (see `cancelled`).
    """
    most = MOST_DEVIATIONS[np.dtype(dtype)]
    # No scale is below the smallest deviation, but for its rounding to a power of two.
    if np.maximum.reduce(moved, axis=None) <= 0.5 * most * math.sqrt(
        diagonals(mixture.covariances).min()
    ):
        return np.zeros(len(moved), bool)
    variances = variances_of(mixture.covariances, *mixture.means.shape)
    _, scale = frame(mixture.weights, mixture.means, variances, None, centre)
    return (moved > most * scale).any(axis=1)


@functools.lru_cache(16)
def _quadratic(d):
    """Return the places of quadratic monomials in a matrix (d, d), and the factors of those."""
    rows, columns = upper_triangle(d)
    return rows * d + columns, np.where(rows == columns, -0.5, -1.0)


def _natural(kind, precisions, points, log_norms, lowest):
    """Return the natural parameters, (K, F): a log density's coefficients of monomials."""
    d = points.shape[1]
    if precisions.ndim == 3:
        linear = np.einsum("kij,kj->ki", precisions, points)
    else:
        linear = precisions * points
    constant = np.maximum(log_norms - 0.5 * (linear * points).sum(axis=1), lowest)
    if kind == KINDS["full"]:
        places, factors = _quadratic(d)
        quadratic = precisions.reshape(-1, d * d).take(places, axis=1) * factors
    else:  # tied leaves out its quadratic, common to all components: a term of the row
        quadratic = -0.5 * precisions[:, : n_quadratic(kind, d)]
    return np.concatenate([constant[:, np.newaxis], linear, quadratic], axis=1)

"""`em_step` and its parts: the estimator's iteration, for loops that people write themselves."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from numba.extending import overload
from sklearn.exceptions import ConvergenceWarning

from ..callbacks import call_of
from ..em.loop import asks_for_double, estimate, is_blurred, statistics_of, telling_apart
from ..em.m_step import m_step as maximise
from ..mixture import as_dtype
from ..passes.far_out import spread_by_clamped
from ..passes.plan import cancelled, clamped
from ..passes.statistics import SufficientStats, check_no_overflow, merge, times
from ..passes.threads import single_threaded_blas
from . import signatures
from .workspace import SINGLE, SUMMED_IN_DOUBLE, check_kind, checked_mixture, source_of

if TYPE_CHECKING:
    from .._typing import Float64s, Floats, Scores
    from ..mixture import Mixture
    from .workspace import Workspace


_NOT_ENOUGH_DIGITS = (
    "stats have too few digits for the new mixture: they were taken far from where a component is "
    "now, or of features nearly collinear; take em_step, which passes over the rows once more"
)

_BLURRED = (
    "mixture is so far from some rows that rounding decided which component they belong to: start "
    "among the rows"
)


def _em_step(X, mixture, workspace, sample_weight):
    mixture, dtype = checked_mixture(mixture, workspace), mixture.means.dtype
    source = source_of(X, sample_weight, mixture)
    last = workspace.last(mixture)
    stats, step = estimate(source, mixture, workspace.options, mode=workspace.mode, last=last)
    _warn_if_blurred(source, mixture, workspace, stats)
    return workspace.handed_out(step, dtype), stats.log_likelihood / stats.weight


def _warn_if_blurred(source, mixture, workspace, stats):
    """Warn as a fit does of a start that is far from some rows."""
    if is_blurred(source, mixture, workspace.type.moments, workspace.mode, stats):
        warnings.warn(_BLURRED, ConvergenceWarning, stacklevel=4)


def em_step(
    X: Floats, mixture: Mixture, workspace: Workspace, sample_weight: Float64s | None = None
) -> tuple[Mixture, float]:
    """Do an iteration of EM: the estimator's, bit for bit.

    Parameters
    ----------
    X : ndarray of shape (N, D), float64 or float32
        The rows; finite.
    mixture : Mixture
        Whose dtype the result has. Of float32 rows, too, the estimator's mixtures are of float64
        until the end of its fit.
    workspace : Workspace
        See `make_workspace`.
    sample_weight : ndarray of shape (N,), float64, optional
        Non-negative weights of the rows.

    Returns
    -------
    mixture : Mixture
        After the M-step.
    lower_bound : float
        The mean log-likelihood of the rows under the mixture that was given, in nats per sample.

    Raises
    ------
    ValueError
        If shapes do not go together, rows or weights are not finite, all weights are zero, or a sum
        of squares overflows.
    TypeError
        If X is not a float array, or mixture or workspace something else.

    Warns
    -----
    ConvergenceWarning
        Rows are so far out that rounding decided which component they belong to.

    Notes
    -----
    A component that holds no row keeps its mean and covariance and has weight zero: it is the
    estimator's `fit` that moves it, once, to the row that the mixture explains worst.

    The rows are read by ``prange`` on Numba's threads, as many as ``numba.get_num_threads()``; on
    those of `set_num_threads` where Numba's cannot be entered (its workqueue, or a child forked
    from a process in which GNU OpenMP was at work). The result is bitwise the same. What does not
    grow with N, the plan of the pass and the M-step, is done by the interpreter, in compiled
    callers too, for which they take its lock: 0.8 ms a step where K and D are small.

    An error within a caller's ``prange`` is Numba's to report (see `fastgmm.density`).

    References
    ----------
    Dempster, Laird and Rubin, "Maximum likelihood from incomplete data via the EM algorithm",
    JRSS B 39, 1977.

    Examples
    --------
    >>> import numpy as np
    >>> from numba import njit
    >>> from fastgmm import em_step, make_mixture, make_workspace
    >>> @njit
    ... def fit(X, mixture, workspace, tol):
    ...     previous = -np.inf
    ...     while True:
    ...         mixture, bound = em_step(X, mixture, workspace)
    ...         if bound - previous < tol:
    ...             return mixture
    ...         previous = bound
    >>> X = np.array([[0.0], [2.0], [10.0], [14.0]])
    >>> m = make_mixture([0.5, 0.5], [[0.0], [9.0]], [[4.0], [4.0]], covariance_type="diag")
    >>> fit(X, m, make_workspace(m), 1e-6).means.round(3).ravel()
    array([ 1., 12.])
    """
    return _em_step(X, mixture, workspace, sample_weight)


_call_em_step = call_of(_em_step, signatures.em_step)


@overload(em_step)
def _compiled_em_step(X, mixture, workspace, sample_weight=None):
    return lambda X, mixture, workspace, sample_weight=None: _call_em_step(
        (X, mixture, workspace, sample_weight)
    )


def _e_step(X, mixture, workspace, sample_weight, resp):
    given, mixture = mixture, checked_mixture(mixture, workspace)
    moments = workspace.type.moments
    if resp is not None:
        _score(X, given, moments, "resp", resp, (len(X), len(mixture.means)))
    source = telling_apart(mixture, source_of(X, sample_weight, mixture))
    held = not workspace.options.estimates("means")
    with single_threaded_blas():
        how = {"mode": workspace.mode, "held": held}
        stats, source = statistics_of(source, mixture, moments, **how)
    _warn_if_blurred(source, mixture, workspace, stats)
    if X.dtype == np.float32:
        of_rows = SINGLE if source.dtype == np.float32 else SUMMED_IN_DOUBLE
        workspace.rows[0] = max(workspace.rows[0], of_rows)
    return _plain(stats)


def e_step(
    X: Floats,
    mixture: Mixture,
    workspace: Workspace,
    sample_weight: Float64s | None = None,
    resp: Floats | None = None,
) -> SufficientStats:
    """Assign rows to components, and return what an M-step needs to know of them.

    Parameters
    ----------
    X : ndarray of shape (N, D), float64 or float32
        The rows; finite.
    mixture : Mixture
    workspace : Workspace
        See `make_workspace`.
    sample_weight : ndarray of shape (N,), float64, optional
        Non-negative weights of the rows.
    resp : ndarray of shape (N, K), float, optional
        Written: the responsibilities, ``weight_k N(x | k) / sum_j weight_j N(x | j)``. They take a
        pass of their own.

    Returns
    -------
    SufficientStats
        Weighted moments about a shift, by component, always with the second ones; its
        ``log_likelihood`` is a sum over rows, in nats, its ``weight`` the sum of the weights.

    Raises
    ------
    ValueError, TypeError
        As `em_step`.

    Notes
    -----
    What `em_step` does beyond an E- and an M-step is a second pass where the first has too few
    digits: `m_step` refuses such statistics.

    Examples
    --------
    >>> import numpy as np
    >>> from fastgmm import e_step, make_mixture, make_workspace
    >>> m = make_mixture([0.5, 0.5], [[0.0], [4.0]], [[1.0], [1.0]])
    >>> stats = e_step(np.array([[0.0], [0.1], [4.0]]), m, make_workspace(m))
    >>> stats.nk.round(2), stats.weight
    (array([2., 1.]), 3.0)
    """
    return _e_step(X, mixture, workspace, sample_weight, resp)


_call_e_step = call_of(_e_step, signatures.e_step)


@overload(e_step)
def _compiled_e_step(X, mixture, workspace, sample_weight=None, resp=None):
    return lambda X, mixture, workspace, sample_weight=None, resp=None: _call_e_step(
        (X, mixture, workspace, sample_weight, resp)
    )


def _m_step(stats, mixture, workspace):
    mixture, dtype = checked_mixture(mixture, workspace), mixture.means.dtype
    stats, options = _checked_stats(stats, mixture), workspace.options
    of_rows = np.float32 if workspace.rows[0] else np.float64
    raised = workspace.last(mixture).floored
    with single_threaded_blas():
        step = maximise(stats, mixture, options, dtype=of_rows, raised=raised)
        _check_digits(step, stats, mixture, options, workspace.rows[0] == SINGLE)
    return workspace.handed_out(step, dtype)


def _check_digits(step, stats, mixture, options, single):
    """Raise ValueError where `em.loop.estimate` would pass over the rows once more."""
    bad, dtype = step.empty & False, np.float32 if single else np.float64
    if options.estimates("covariances"):
        bad = cancelled(step.mixture, stats.shift, dtype)
        bad |= spread_by_clamped(step.mixture, stats.shift, options, mixture, stats.centre, dtype)
    elif options.estimates("means"):
        moved = np.abs(step.mixture.means - stats.shift)
        bad = clamped(moved, mixture, dtype, stats.centre)
    bad = bad & ~step.empty
    coarse = asks_for_double(step.mixture, step.floored) if single else step.coarse
    if bad.any() or coarse:
        raise ValueError(_NOT_ENOUGH_DIGITS)


def m_step(stats: SufficientStats, mixture: Mixture, workspace: Workspace) -> Mixture:
    """Return the mixture that maximises the expected log-likelihood, given statistics.

    Parameters
    ----------
    stats : SufficientStats
        Of `e_step`, or sums of such (`add_statistics`).
    mixture : Mixture
        Gives what is fixed, the mean and covariance of a component that holds no row, and the dtype
        of the result.
    workspace : Workspace
        See `make_workspace`.

    Returns
    -------
    Mixture

    Raises
    ------
    ValueError
        If shapes do not go together, `stats` are not finite, or they have too few digits for a
        covariance, for they were taken far from where the component is now: take `em_step`.
    TypeError
        If an argument is something else.

    Notes
    -----
    Of float64 rows, and where `em_step` needs no second pass, it is what `em_step` returns, bit
    for bit.

    References
    ----------
    Bishop, *Pattern Recognition and Machine Learning*, 2006, equations 9.24 to 9.26.

    Examples
    --------
    >>> import numpy as np
    >>> from fastgmm import e_step, m_step, make_mixture, make_workspace
    >>> m = make_mixture([1.0], [[0.0]], [[1.0]])
    >>> workspace = make_workspace(m, reg_covar=0.0)
    >>> new = m_step(e_step(np.array([[1.0], [3.0]]), m, workspace), m, workspace)
    >>> new.means, new.covariances[0]
    (array([[2.]]), array([1.]))
    """
    return _m_step(stats, mixture, workspace)


_call_m_step = call_of(_m_step, signatures.m_step)


@overload(m_step)
def _compiled_m_step(stats, mixture, workspace):
    return lambda stats, mixture, workspace: _call_m_step((stats, mixture, workspace))


def _add_statistics(a, b, scale_a, scale_b):
    for name, stats in (("a", a), ("b", b)):
        check_kind(stats, SufficientStats, name, "of e_step")
    if a.shift.shape != b.shift.shape or a.second.shape != b.second.shape:
        raise ValueError(
            f"a and b must be of mixtures of one shape, got moments of shapes {a.second.shape} and "
            f"{b.second.shape}"
        )
    if a.factors is not None or b.factors is not None:
        raise ValueError("a and b must be of e_step, got statistics of whitened rows")
    for name, scale in (("scale_a", scale_a), ("scale_b", scale_b)):
        if not 0.0 <= scale < np.inf:
            raise ValueError(f"{name} must be a finite non-negative number, got {scale}")
    return _plain(merge(times(float(scale_a), a), times(float(scale_b), b)))


def add_statistics(
    a: SufficientStats, b: SufficientStats, scale_a: float = 1.0, scale_b: float = 1.0
) -> SufficientStats:
    """Return the statistics of the rows of two E-steps together, each in proportion.

    Parameters
    ----------
    a, b : SufficientStats
        Of `e_step`, for mixtures of one shape.
    scale_a, scale_b : float, default=1.0
        By which the weights of their rows are multiplied. Online EM forgets with
        ``scale_a = 1 - gamma, scale_b = gamma``.

    Returns
    -------
    SufficientStats
        About the shift of `a`.

    Raises
    ------
    ValueError
        If shapes do not go together, or a scale is negative or not finite.

    References
    ----------
    Cappé and Moulines, "On-line expectation-maximization algorithm for latent data models", JRSS B
    71, 2009, equation 13.

    Examples
    --------
    >>> import numpy as np
    >>> from fastgmm import add_statistics, e_step, make_mixture, make_workspace
    >>> m = make_mixture([1.0], [[0.0]], [[1.0]])
    >>> workspace = make_workspace(m)
    >>> a, b = (e_step(np.full((n, 1), 1.0), m, workspace) for n in (2, 3))
    >>> add_statistics(a, b, 0.5, 1.0).weight
    4.0
    """
    return _add_statistics(a, b, scale_a, scale_b)


_call_add_statistics = call_of(_add_statistics, signatures.add_statistics)


@overload(add_statistics)
def _compiled_add_statistics(a, b, scale_a=1.0, scale_b=1.0):
    return lambda a, b, scale_a=1.0, scale_b=1.0: _call_add_statistics((a, b, scale_a, scale_b))


def _score_rows(X, mixture, workspace, scores):
    checked_mixture(mixture, workspace)
    _score(X, mixture, workspace.type.moments, "scores", scores, (len(X),))
    return scores


def score_rows(X: Floats, mixture: Mixture, workspace: Workspace, scores: Scores) -> Scores:
    """Fill an array with the log density of each row: what ``score_samples`` gives, bit for bit.

    Parameters
    ----------
    X : ndarray of shape (N, D), float64 or float32
        The rows; finite.
    mixture : Mixture
    workspace : Workspace
        See `make_workspace`.
    scores : ndarray of shape (N,), float64 or float32
        Written: the log densities, in nats.

    Returns
    -------
    ndarray
        `scores`.

    Raises
    ------
    ValueError, TypeError
        As `em_step`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastgmm import make_mixture, make_workspace, score_rows
    >>> m = make_mixture([1.0], [[0.0]], [[1.0]])
    >>> score_rows(np.array([[0.0], [1.0]]), m, make_workspace(m), np.empty(2)).round(4)
    array([-0.9189, -1.4189])
    """
    return _score_rows(X, mixture, workspace, scores)


_call_score_rows = call_of(_score_rows, signatures.score_rows)


@overload(score_rows)
def _compiled_score_rows(X, mixture, workspace, scores):
    return lambda X, mixture, workspace, scores: _call_score_rows((X, mixture, workspace, scores))


def _plain(stats):
    """Return statistics with arrays as compiled code has them."""
    arrays = (np.ascontiguousarray(a, np.float64) for a in stats[:4])
    centre = np.ascontiguousarray(stats.centre, np.float64)
    numbers = float(stats.log_likelihood), float(stats.weight)
    return SufficientStats(*arrays, *numbers, None, centre)


def _checked_stats(stats, mixture):
    """Return statistics that an M-step of `mixture` can be made of."""
    check_kind(stats, SufficientStats, "stats", "of e_step")
    if stats.shift.shape != mixture.means.shape or stats.second.shape != mixture.covariances.shape:
        raise ValueError(
            f"stats must be of a mixture of the same shape, got means of shape {stats.shift.shape} "
            f"and second moments of {stats.second.shape} for {mixture.means.shape} and "
            f"{mixture.covariances.shape}"
        )
    check_no_overflow(*stats[:4])
    if not (stats.nk >= 0.0).all() or not stats.nk.sum() > 0.0 or not stats.weight > 0.0:
        raise ValueError(f"stats must be of rows of a positive weight, got nk {stats.nk}")
    return stats


def _score(X, mixture, moments, name, out, shape):
    """Fill `out` with what a model's methods give: of the wider of the two dtypes."""
    if not isinstance(out, np.ndarray) or out.dtype not in (np.float64, np.float32):
        got = out.dtype if isinstance(out, np.ndarray) else f"a {type(out).__name__}"
        raise TypeError(f"{name} must be an ndarray of float64 or float32, got {got}")
    if out.shape != shape or not out.flags.writeable:
        raise ValueError(f"{name} must be writable and of shape {shape}, got {out.shape}")
    if np.may_share_memory(X, out) and np.shares_memory(X, out):
        raise ValueError(f"{name} must not share memory with X, which is read after it is written")
    dtype = np.result_type(X.dtype, mixture.means.dtype)
    source = source_of(X, None, mixture, dtype)
    fits = out.dtype == source.dtype and out.flags.c_contiguous and out.flags.aligned
    found = np.asarray(out) if fits else np.empty(shape, source.dtype)
    source.scores(as_dtype(mixture, np.float64), moments, {name: found})
    if not fits:
        out[...] = found

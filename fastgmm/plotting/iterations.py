"""`plot_iterations`: EM at work, from a poor start."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..covariances import TYPES
from ..mixture import make_mixture
from ..model.checks import check_whole
from ..model.estimator import GaussianMixture
from .geometry import checked_features
from .mixtures import plot_mixture
from .style import check_in_memory, feature_names, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import ArrayLike

    from .._typing import Assignment, Covariances

_names = feature_names  # of which plot_iterations has a parameter
_COLUMNS = 4


def plot_iterations(
    X: Any,
    n_components: int = 2,
    iterations: Sequence[int] = (0, 1, 2, 3, 4, 5, 6, 20),
    *,
    features: int | str | Sequence[int | str] | None = None,
    feature_names: Sequence[str] | None = None,
    means_init: ArrayLike | None = None,
    covariance_type: Covariances = "full",
    assignment: Assignment = "soft",
    fixed: Collection[Literal["weights", "means", "covariances"]] = (),
    max_points: int = 5_000,
    fig: Figure | SubFigure | None = None,
) -> Figure | SubFigure:
    """Draw EM at work: a panel for the start and for each of some iterations.

    One or two features are standardised, and EM runs on them from a poor start, so that there is
    something to see: equal weights, unit variances, means around the data.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        The data.
    n_components : int, default=2
        Number of components.
    iterations : sequence of int, default=(0, 1, 2, 3, 4, 5, 6, 20)
        The panels: numbers of EM iterations done; 0 is the start.
    features : int, str or sequence of one or two, optional
        Indices (or names) of the features to fit and draw; the first two by default.
    feature_names : sequence of str, optional
        Names of all features; by default the columns of a data frame.
    means_init : array-like of shape (n_components, 1 or 2), optional
        Means to start from, in standard deviations from the mean of the data.
    covariance_type : {"full", "tied", "diag", "spherical", "VEI"}, default="full"
        See `GaussianMixture`.
    assignment : {"soft", "hard"}, default="soft"
        ``"hard"``: each row is given to its most likely component alone, and has its colour. With
        ``fixed=("weights", "covariances")`` it is k-means.
    fixed : collection of {"weights", "means", "covariances"}, default=()
        Parameters that stay as they are at the start.
    max_points : int, default=5_000
        Larger data are fitted as they are, and drawn as a fixed random sample of this size.
    fig : matplotlib Figure or SubFigure, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ValueError
        If `iterations` is empty or has a negative number, `X` is no table or misses values, or
        `features` are not one or two features.
    TypeError
        If one of `iterations` or `features` is no whole number (or name).

    Notes
    -----
    The titles have the log-likelihood of the standardised rows, in nats, which no iteration of EM
    lowers. Of hard EM it is the classification log-likelihood, that of the rows with the
    components that they are given to (G. Celeux and G. Govaert, 1992, A classification EM
    algorithm for clustering and two stochastic versions, Computational Statistics and Data
    Analysis 14, 315-332).

    Examples
    --------
    >>> from fastgmm.datasets import load_faithful
    >>> from fastgmm.plotting import plot_iterations
    >>> X, names = load_faithful(return_names=True)
    >>> fig = plot_iterations(X, iterations=(0, 1, 20), feature_names=names)
    >>> [ax.get_title(loc="left").splitlines()[0] for ax in fig.axes]
    ['start', '1 iteration', '20 iterations']
    """
    iterations = sorted({check_whole(i, "each of iterations") for i in iterations})
    if not iterations or iterations[0] < 0:
        raise ValueError(f"iterations must be numbers of at least 0, got {iterations}")
    Z, names = _standardised(X, features, feature_names)
    start = _start(Z.shape[1], n_components, covariance_type, means_init)
    how = {"covariance_type": covariance_type, "assignment": assignment, "fixed": fixed}
    models = _models_at(iterations, Z, start, how)
    n_rows = -(-len(models) // _COLUMNS)
    n_columns = -(-len(models) // n_rows)
    if fig is None:
        fig = new_figure(2.5 * n_columns + 0.2, (2.75 if len(names) == 2 else 2.2) * n_rows + 0.2)
    panels = fig.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False)
    side = 1.05 * max(np.abs(Z).max(), np.abs(start.means).max() + 1)  # the circles are whole
    for ax, done, model in zip(panels.flat, iterations, models, strict=False):
        plot_mixture(
            Z, model, ax, n_std=(1,), colors=assignment, legend=False, max_points=max_points
        )
        ax.set(xlim=(-side, side), xlabel="", ylabel="")
        if len(names) == 2:
            ax.set(ylim=(-side, side), aspect="equal")
        else:  # of all panels so far, which share it
            top = max(1.05 * ax.dataLim.y1, panels[0, 0].get_ylim()[1] if done else 0.0)
            ax.set_ylim(0.0, top)
        ax.set_title(_title(done, model, Z, assignment), loc="left", fontsize=8, linespacing=1.3)
    for ax in panels.flat[len(models) :]:
        ax.remove()
    for ax in panels.flat[max(len(models) - n_columns, 0) : len(models)]:
        ax.tick_params(labelbottom=True)  # also above a gap in the last row
    fig.supxlabel(f"{names[0]} (standardised)", fontsize=9)
    fig.supylabel(f"{names[1]} (standardised)" if len(names) == 2 else "density", fontsize=9)
    return fig


def _standardised(X, features, given_names):
    """Return one or two features, (N, 1 or 2), of mean 0 and variance 1, and their names."""
    check_in_memory(X)
    shape = np.shape(X)
    if len(shape) != 2:
        hint = "; of one feature give X.reshape(-1, 1)" if len(shape) == 1 else ""
        raise ValueError(f"X must be of shape (n_samples, n_features), got {shape}{hint}")
    names = _names(given_names, shape[1], X)
    features = range(min(2, shape[1])) if features is None else features
    features = checked_features(features, shape[1], (1, 2), names)
    Z = np.asarray(X, dtype=np.float64)[:, features]
    bad = np.flatnonzero(~np.isfinite(Z).all(axis=1))
    if len(bad):
        raise ValueError(
            f"X has NaN or infinity in the features that are drawn, in {len(bad)} rows, the first "
            f"of them {bad[0]}: drop these rows, or fill them in by GaussianMixture.impute"
        )
    Z = (Z - Z.mean(axis=0)) / np.where(np.ptp(Z, axis=0) > 0, Z.std(axis=0), 1.0)
    return Z, [names[j] for j in features]


def _start(d, n_components, covariance_type, means):
    """Return the Mixture of equal weights and unit variances, of given means or those around."""
    k = n_components
    if means is None and d == 1:  # on one side, so that it takes some iterations
        means = np.linspace(0.0, 1.5, k)[:, np.newaxis]
    elif means is None:  # for two components the classical (-1.5, 1) and (1.5, -1)
        angle = np.arctan2(1.0, -1.5) + 2 * np.pi * np.arange(k) / k
        means = np.hypot(1.0, 1.5) * np.column_stack([np.cos(angle), np.sin(angle)])
    if covariance_type not in TYPES:
        raise ValueError(
            f"covariance_type must be one of {', '.join(TYPES)}, got {covariance_type!r}"
        )
    covariance = TYPES[covariance_type]
    shape = covariance.shape(k, d)
    unit = np.broadcast_to(np.eye(d), shape) if covariance.matrices else np.ones(shape)
    return make_mixture(np.full(k, 1 / k), means, unit, covariance_type=covariance_type)


def _models_at(iterations, Z, start, how):
    """Return the models after the given numbers of EM iterations from a Mixture."""
    mixtures = {0: start}
    covariances = TYPES[how["covariance_type"]].to_sklearn(start.covariances)
    model = GaussianMixture(
        len(start.weights), tol=0.0, max_iter=max(iterations[-1], 1), weights_init=start.weights,
        means_init=start.means, covariances_init=covariances,
        callback=lambda state: mixtures.update({state.iteration: state.mixture}), **how,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it is stopped on purpose
        model.fit(Z)
    last = mixtures[max(mixtures)]  # should EM have come to an end before
    kind = how["covariance_type"]
    found = [mixtures.get(i, last) for i in iterations]
    return [GaussianMixture.from_mixture(m, covariance_type=kind) for m in found]


def _title(done, model, Z, assignment):
    """Return two lines: the number of iterations and the log-likelihood."""
    first = "start" if done == 0 else f"{done} iteration{'s' if done > 1 else ''}"
    if assignment == "hard":
        return f"{first}\nclassification log-likelihood {model.log_joint(Z).max(axis=1).sum():.1f}"
    return f"{first}\nlog-likelihood {len(Z) * model.score(Z):.1f}"

"""`plot_mixture`: a mixture and its data in one dimension, two, or more."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..mixture import Mixture
from ..model.bayesian import BayesianGaussianMixture
from ..model.estimator import GaussianMixture
from ..operations import marginal
from .geometry import checked_features, marginals, mixture_plane, projected
from .panels import View, draw_densities, draw_ellipses, legend_of
from .style import (
    axes_in,
    check_axes,
    check_in_memory,
    component_colors,
    feature_names,
    in_lines,
    legend_beside,
    legend_in,
    new_figure,
    sample_of_rows,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

KINDS = ("auto", "density", "ellipses", "pairs", "plane")
MOST_PAIRS = 12  # features of a grid of pairs
_PAIRS_AT_ONCE = 5  # features of which kind="auto" draws all pairs
_SIDE = 1.6  # inches, of a panel of a grid: small, so that its text is not
_TICKS = 4  # the most intervals between those of a panel of a grid
_UNIT = "standard deviations within components"


def plot_mixture(
    X: Any,
    model: GaussianMixture | BayesianGaussianMixture | Mixture,
    ax: Axes | None = None,
    *,
    kind: Literal["auto", "density", "ellipses", "pairs", "plane"] = "auto",
    features: int | str | Sequence[int | str] | None = None,
    feature_names: Sequence[str] | None = None,
    colors: Literal["soft", "hard"] = "soft",
    n_std: Sequence[float] = (1, 2),
    max_points: int = 20_000,
    min_weight: float | None = None,
    legend: bool = True,
    fig: Figure | SubFigure | None = None,
) -> Any:
    """Draw data coloured by component, and the components' ellipses or densities.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features) or None
        The data; None draws the mixture alone, with an image of its density. NaN is taken of a
        `Mixture`, and of a model with ``missing="allow"``: a row is drawn where it has what is
        drawn, in the colour of what is known of it.
    model : GaussianMixture, BayesianGaussianMixture or Mixture
        A fitted mixture of any covariance type.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default. A grid of pairs does not go into one.
    kind : {"auto", "density", "ellipses", "pairs", "plane"}, default="auto"
        ``"density"``: one feature, its histogram (marks, of fewer than 40 rows), the density and
        each component's share of it. ``"ellipses"``: two features. ``"pairs"``: a grid of
        all pairs of features, with their densities on the diagonal. ``"plane"``: the two
        directions along which the components are furthest apart, see `mixture_plane`, with
        their shares of the separation in the labels. ``"auto"`` goes by the number of features:
        one, two, up to five pairs, and a plane beyond or where `ax` is given.
    features : int, str or sequence of these, optional
        Indices (or names) of the features to draw; by default all, of ``kind="density"`` the
        first and of ``"ellipses"`` the first two.
    feature_names : sequence of str, optional
        Names of all features, with their units if you like; by default those of the data frame
        that `model` was fitted to, or of `X`.
    colors : {"soft", "hard"}, default="soft"
        ``"soft"``: a row between components has a blend of their colours, by its
        responsibilities; ``"hard"``: the colour of the most likely one.
    n_std : sequence of float, default=(1, 2)
        Ellipses to draw, in standard deviations: within 1 are 39% of a component, within 2 86%.
    max_points : int, default=20_000
        Larger data are drawn as a fixed random sample of this size, the same in each call.
    min_weight : float, optional
        Components of a smaller weight are left out, and counted in the legend. By default none
        are, but of a BayesianGaussianMixture those below 0.001.
    legend : bool, default=True
        Whether to list the components and their weights, beside the axes. Of more than eight
        the numbers are written on them (up to a hundred).
    fig : matplotlib Figure or SubFigure, optional
        Where to draw, instead of `ax`.

    Returns
    -------
    matplotlib Axes, or of ``kind="pairs"`` the Figure

    Raises
    ------
    TypeError
        If `model` is none of these, one of `features` no whole number or name, or `X` a path or
        Rows, which are read first.
    ValueError
        If `features`, `kind` or `colors` are not of the above, `X` has not the model's features,
        or both `ax` and `fig` are given.

    Examples
    --------
    >>> from fastgmm import GaussianMixture
    >>> from fastgmm.datasets import load_faithful
    >>> from fastgmm.plotting import plot_mixture
    >>> X = load_faithful()
    >>> model = GaussianMixture(2, random_state=0).fit(X)
    >>> ax = plot_mixture(X, model, feature_names=["eruptions (minutes)", "waiting (minutes)"])
    >>> ax.get_xlabel(), len(ax.patches)
    ('eruptions (minutes)', 4)
    """
    check_in_memory(X)
    model, mixture, min_weight = _checked_model(model, min_weight)
    _check_choice(colors, "colors", ("soft", "hard"))
    names = _names(feature_names, mixture.means.shape[1], model, X)
    kind, features = _resolved(kind, features, ax, names)
    check_axes(ax, fig, grid=kind == "pairs")
    points, resp = _drawn_rows(X, model, colors, max_points)
    coordinates = _plane if kind == "plane" else _of_features
    labels, points, means, covariances = coordinates(mixture, points, features, names)
    weights = np.asarray(mixture.weights, dtype=np.float64)
    view = View(
        labels, points, resp, weights, means, covariances,
        component_colors(len(weights)), np.flatnonzero(weights >= min_weight),
    )  # fmt: skip
    n_left_out = len(weights) - len(view.drawn)
    left_out = f"{n_left_out} below {min_weight:g}: not drawn" if n_left_out else ""
    if kind == "pairs":
        return _draw_pairs(view, fig, n_std, legend, left_out)
    ax = axes_in(ax, fig)
    whole, view = None, view.of(*range(len(labels)))
    if kind == "density":
        handles, whole = draw_densities(ax, view)
    else:
        handles = draw_ellipses(ax, view, n_std)
    if legend:
        legend_of(partial(legend_beside, ax), view, handles, whole, left_out)
    return ax


_names = feature_names  # of which plot_mixture has a parameter


def _draw_pairs(view, fig, n_std, legend, left_out):
    """Draw a grid: each coordinate's densities on the diagonal, below it each two of them."""
    from matplotlib.ticker import MaxNLocator

    n = len(view.labels)
    if fig is None:
        side = max(_SIDE, 5.2 / n)
        fig = new_figure(side * n + 0.6, side * n + 0.4)
    # Names are as long as a panel is wide at the most: they have lines, then.
    sides = [0.85 * side / fig.dpi / n for side in (fig.bbox.width, fig.bbox.height)]
    panels = fig.subplots(n, n, squeeze=False, sharex="col")
    for i, j in zip(*np.triu_indices(n, 1), strict=True):
        panels[i, j].set_axis_off()
    for i, j in zip(*np.tril_indices(n), strict=True):
        ax = panels[i, j]
        if i == j:
            handles, whole = draw_densities(ax, view.of(i))
            ax.set(yticks=[], ylabel="")
            ax.spines["left"].set_visible(False)
        else:
            draw_ellipses(ax, view.of(j, i), n_std)
        if 0 < j < i:
            ax.sharey(panels[i, 0])
            ax.tick_params(labelleft=False)
            ax.set_ylabel("")
        if i < n - 1:
            ax.set_xlabel("")
    for ax, label in zip(panels[-1], view.labels, strict=True):
        ax.set_xlabel(in_lines(label, sides[0]))
        ax.xaxis.set_major_locator(MaxNLocator(_TICKS))
    for ax, label in zip(panels[1:, 0], view.labels[1:], strict=True):
        ax.set_ylabel(in_lines(label, sides[1]))
        ax.yaxis.set_major_locator(MaxNLocator(_TICKS))
    fig.align_labels()
    if legend and n > 1:  # where the grid has a corner left
        corner = partial(legend_in, panels[0, -1], loc="upper right", borderaxespad=0.0)
        legend_of(corner, view, handles, whole, left_out)
    return fig


def _checked_model(model, min_weight):
    """Return a fitted model, its Mixture, and the least weight of a component that is drawn."""
    if isinstance(model, Mixture):
        model = GaussianMixture.from_mixture(model, missing="allow")
    if not isinstance(model, (GaussianMixture, BayesianGaussianMixture)):
        got, hint = f"a {type(model).__module__}.{type(model).__name__}", ""
        if isinstance(model, (str, PathLike)):
            got, hint = f"the path {str(model)!r}", "GaussianMixture.load(path) reads a saved one"
        raise TypeError(
            "model must be a fitted fastgmm.GaussianMixture, BayesianGaussianMixture or Mixture, "
            f"got {got}; the call is plot_mixture(X, model), and "
            + (hint or "GaussianMixture.from_sklearn makes one of scikit-learn's")
        )
    if min_weight is None:
        min_weight = 1e-3 if isinstance(model, BayesianGaussianMixture) else 0.0
    mixture = model.mixture_
    if not mixture.weights.max() >= min_weight:
        raise ValueError(
            f"min_weight={min_weight} is above all weights: the largest is "
            f"{mixture.weights.max():.3g}"
        )
    return model, mixture, min_weight


def _check_choice(value, name, choices):
    """Raise ValueError unless a value is one of the choices."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")


def _resolved(kind, features, ax, names):
    """Return a kind that is not "auto" and the list of features that it draws."""
    _check_choice(kind, "kind", KINDS)
    d = len(names)
    if features is not None:
        features = checked_features(features, d, range(1, d + 1), names)
    n = d if features is None else len(features)
    if kind == "auto":
        by_number = {1: "density", 2: "ellipses"}
        pairs = "pairs" if ax is None and n <= _PAIRS_AT_ONCE else "plane"
        kind = by_number.get(n, pairs)
    fewest, most = {
        "density": (1, 1), "ellipses": (2, 2), "pairs": (1, MOST_PAIRS), "plane": (2, d)
    }[kind]  # fmt: skip
    if d < fewest:
        raise ValueError(f"kind={kind!r} needs at least {fewest} features, there is one")
    if features is None:
        if kind == "pairs" and d > most:
            raise ValueError(
                f"kind='pairs' draws up to {most} of {d} features: say which, by features"
            )
        features = list(range(min(d, most)))
    if not fewest <= len(features) <= most:
        wanted = str(most) if fewest == most else f"{fewest} to {most}"
        raise ValueError(f"kind={kind!r} draws {wanted} features, got {len(features)} in features")
    return kind, features


def _drawn_rows(X, model, colors, max_points):
    """Return the rows that are drawn, (N, D), and their responsibilities (N, K); None without X."""
    if max_points < 1:
        raise ValueError(f"max_points must be at least 1, got {max_points}")
    if X is None:
        return None, None
    rows = sample_of_rows(X, max_points)
    if not (hasattr(rows, "columns") and hasattr(model, "feature_names_in_")):
        # Where either has no names there is nothing to compare, nor to warn of.
        rows, model = np.asarray(rows), copy(model)
        vars(model).pop("feature_names_in_", None)
    resp = model.predict_proba(rows)
    if colors == "hard":
        resp = np.eye(resp.shape[1])[resp.argmax(axis=1)]
    return np.asarray(rows, dtype=np.float64), resp


def _of_features(mixture, points, features, names):
    """Return labels, rows, means and covariances of some features."""
    points = None if points is None else points[:, features]
    return [names[j] for j in features], points, *marginals(mixture, features)


def _plane(mixture, points, features, names):
    """Return labels, rows, means and covariances in the plane that separates components best."""
    if len(features) < len(names):
        mixture = marginal(mixture, features)
        points = None if points is None else points[:, features]
    center, directions, shares = mixture_plane(mixture)
    points = None if points is None else (points - center) @ directions
    share_of = [f"{s:.1%} of the separation" if s else "within components" for s in shares]
    labels = [f"direction {i}: {share}\n({_UNIT})" for i, share in enumerate(share_of, 1)]
    return labels, points, *projected(mixture, center, directions)

"""Pictures of mixtures, of EM at work and of model choice (needs Matplotlib, the extra `plot`).

Each function draws into the axes or figure that it is given, or into a new one, and returns
it. None shows a window, chooses a backend or changes a global setting. Without Matplotlib
they raise an ImportError.
"""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from .mixture import make_mixture
from .model.checks import check_mixture
from .model.estimator import GaussianMixture
from .selection import Selection

# M. Okabe and K. Ito's colours, told apart by colour-blind readers; without their black and
# yellow, which are hard to see as text or as points on white
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

DPI = 150


def mixture_ellipses(mixture, features=(0, 1), n_std=1.0):
    """Return the ellipses of the components' marginal distributions of two features.

    Parameters
    ----------
    mixture : Mixture
        A mixture of any covariance type in at least two dimensions.
    features : pair of int, default=(0, 1)
        The features along the horizontal and the vertical axis.
    n_std : float, default=1.0
        Mahalanobis distance from the mean: 1.0 encloses 39% of a component, 2.0 86%.

    Returns
    -------
    centers : ndarray of shape (K, 2)
        The means.
    semi_axes : ndarray of shape (K, 2)
        Half the length of the major and of the minor axis.
    angles : ndarray of shape (K,)
        Direction of the major axis, in degrees from the horizontal axis, within [0, 180).

    Raises
    ------
    TypeError
        If `mixture` is no `Mixture`.
    ValueError
        If `features` are not two features of the mixture.

    Examples
    --------
    >>> from fastgmm import make_mixture
    >>> from fastgmm.plotting import mixture_ellipses
    >>> mixture = make_mixture([1.0], [[5.0, 6.0]], [[[2.5, 1.5], [1.5, 2.5]]])
    >>> centers, semi_axes, angles = mixture_ellipses(mixture)
    >>> semi_axes.round(6).tolist(), angles.round(6).tolist()
    ([[2.0, 1.0]], [45.0])
    """
    k, d = check_mixture(mixture).means.shape
    features = _checked_features(features, d)
    covariances = np.asarray(mixture.covariances, dtype=np.float64)
    if covariances.ndim == 3:
        marginals = np.broadcast_to(covariances, (k, d, d))[:, features][:, :, features]
    else:
        marginals = np.broadcast_to(covariances, (k, d))[:, features, np.newaxis] * np.eye(2)
    eigenvalues, eigenvectors = np.linalg.eigh(marginals)
    major = eigenvectors[:, :, 1]
    centers = np.asarray(mixture.means, dtype=np.float64)[:, features]
    semi_axes = n_std * np.sqrt(np.maximum(eigenvalues[:, ::-1], 0.0))
    return centers, semi_axes, np.degrees(np.arctan2(major[:, 1], major[:, 0])) % 180.0


def _component_colors(n_components):
    """Return RGB colours, shape (n_components, 3): the palette, then its darker, lighter shades."""
    base = np.array([[int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)] for code in PALETTE])
    shades = np.concatenate([base, 0.55 * base, 0.5 + 0.5 * base])
    return np.resize(shades, (n_components, 3))


def plot_mixture(
    X,
    model,
    ax=None,
    *,
    features=(0, 1),
    feature_names=None,
    n_std=(1, 2),
    max_points=20_000,
    legend=True,
):
    """Draw data coloured by responsibility, and the ellipses of the components.

    A point between two components has a blend of their colours. A single feature is drawn as
    a histogram and densities.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        The data.
    model : GaussianMixture
        A fitted mixture of any covariance type.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.
    features : pair of int, default=(0, 1)
        The features along the horizontal and the vertical axis.
    feature_names : sequence of str, optional
        Names of all features; by default those of the data frame that `model` was fitted to.
    n_std : sequence of float, default=(1, 2)
        Ellipses to draw, in standard deviations.
    max_points : int, default=20_000
        Larger data are drawn as a fixed random sample of this size.
    legend : bool, default=True
        Whether to list the components and their weights (of up to eight).

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    TypeError
        If `model` is no `GaussianMixture` of fastgmm.
    ValueError
        If `features` are not two features of the data.

    Examples
    --------
    >>> from fastgmm import GaussianMixture
    >>> from fastgmm.datasets import load_faithful
    >>> from fastgmm.plotting import plot_mixture
    >>> X, names = load_faithful(return_names=True)
    >>> model = GaussianMixture(2, random_state=0).fit(X)
    >>> ax = plot_mixture(X, model, feature_names=names)
    >>> ax.get_xlabel(), len(ax.patches)
    ('eruptions', 4)
    """
    if not isinstance(model, GaussianMixture):
        raise TypeError(
            f"model must be a fitted fastgmm.GaussianMixture, got a {type(model).__module__}."
            f"{type(model).__name__}; the call is plot_mixture(X, model), and "
            "GaussianMixture.from_sklearn makes one of scikit-learn's"
        )
    mixture = model.mixture_
    ax = _new_figure(6.4, 4.8).add_subplot() if ax is None else ax
    k, d = mixture.means.shape
    names = _feature_names(model, feature_names, d)
    colors = _component_colors(k)
    rows = _sample_of_rows(X, max_points)
    points = np.asarray(rows)
    if d == 1:
        handles = _draw_densities(ax, points[:, 0], mixture, colors)
        ax.set(xlabel=names[0], ylabel="density")
    else:
        features = _checked_features(features, d)
        blended = np.clip(model.predict_proba(rows) @ colors, 0, 1)
        size = np.clip(5000 / len(points), 1.5, 14) * min(1, ax.bbox.width / ax.figure.dpi / 4)
        ax.scatter(
            *points[:, features].T, c=blended, s=size, alpha=np.clip(400 / len(points), 0.4, 0.8),
            linewidths=0, rasterized=len(points) > 5000,  # keeps a .pdf or .svg small
        )  # fmt: skip
        handles = _draw_ellipses(ax, mixture, features, n_std, colors)
        ax.set(xlabel=names[features[0]], ylabel=names[features[1]])
    labels = [f"{j}: {weight:.3f}" for j, weight in enumerate(mixture.weights)]
    _finish(ax, handles if legend and k <= 8 else (), labels, 4, "component: weight")
    return ax


def plot_iterations(
    X,
    n_components=2,
    iterations=(0, 1, 2, 3, 4, 5, 6, 20),
    *,
    features=(0, 1),
    feature_names=None,
    means_init=None,
    fig=None,
):
    """Draw EM at work: a panel for the start and for each of some iterations.

    Two features are standardised, and EM with full covariances runs on them from a poor
    start, so that there is something to see: equal weights, unit circles, means around the data.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        The data, of at least two features.
    n_components : int, default=2
        Number of components.
    iterations : sequence of int, default=(0, 1, 2, 3, 4, 5, 6, 20)
        The panels: numbers of EM iterations done; 0 is the start.
    features : pair of int, default=(0, 1)
        The features along the horizontal and the vertical axis.
    feature_names : sequence of str, optional
        Names of all features; by default the columns of a data frame.
    means_init : array-like of shape (n_components, 2), optional
        Means to start from, in standard deviations from the mean of the data.
    fig : matplotlib Figure, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ValueError
        If `iterations` is empty or has a negative number, `X` is no table, or `features` are
        not two features.

    Examples
    --------
    >>> from fastgmm.datasets import load_faithful
    >>> from fastgmm.plotting import plot_iterations
    >>> fig = plot_iterations(load_faithful(), iterations=(0, 1, 20))
    >>> [ax.get_title(loc="left") for ax in fig.axes]
    ['start', '1 iteration', '20 iterations']
    """
    iterations = sorted({int(i) for i in iterations})
    if not iterations or iterations[0] < 0:
        raise ValueError(f"iterations must be numbers of at least 0, got {iterations}")
    if len(np.shape(X)) != 2:
        raise ValueError(f"X must be of shape (n_samples, n_features), got {np.shape(X)}")
    names = _feature_names(X, feature_names, np.shape(X)[1])
    features = _checked_features(features, np.shape(X)[1])
    Z = np.asarray(X, dtype=np.float64)[:, features]
    Z = (Z - Z.mean(axis=0)) / np.where(np.ptp(Z, axis=0) > 0, Z.std(axis=0), 1.0)
    if means_init is None:
        # for two components the classical (-1.5, 1) and (1.5, -1)
        angle = np.arctan2(1.0, -1.5) + 2 * np.pi * np.arange(n_components) / n_components
        means_init = np.hypot(1.0, 1.5) * np.column_stack([np.cos(angle), np.sin(angle)])
    models = _models_at(iterations, Z, n_components, means_init)
    side = 1.05 * max(np.abs(Z).max(), np.abs(means_init).max() + 1)  # the circles are whole
    n_columns = min(4, len(models))
    n_rows = -(-len(models) // n_columns)
    fig = _new_figure(2.5 * n_columns + 0.2, 2.6 * n_rows + 0.2) if fig is None else fig
    panels = fig.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False)
    for ax, done, model in zip(panels.flat, iterations, models, strict=False):
        plot_mixture(Z, model, ax, n_std=(1,), legend=False)
        ax.set(xlim=(-side, side), ylim=(-side, side), aspect="equal", xlabel="", ylabel="")
        title = "start" if done == 0 else f"{done} iteration{'s' if done > 1 else ''}"
        total = f"log-likelihood {len(Z) * model.score(Z):.1f}"
        ax.set_title(title, loc="left", fontsize=9)
        ax.set_title(total, loc="right", fontsize=7.5, color="0.4")
    for ax in panels.flat[len(models) :]:
        ax.remove()
    for ax in panels.flat[max(len(models) - n_columns, 0) : len(models)]:
        ax.tick_params(labelbottom=True)  # also above a gap in the last row
    fig.supxlabel(f"{names[features[0]]} (standardised)", fontsize=9)
    fig.supylabel(f"{names[features[1]]} (standardised)", fontsize=9)
    return fig


def plot_criteria(selection, criteria=None, ax=None):
    """Draw information criteria against the number of components, the best model marked.

    Parameters
    ----------
    selection : Selection
        What `fastgmm.selection.select` returned.
    criteria : sequence of {"bic", "aic", "icl"}, optional
        What to draw; by default all three for a single covariance type, else the one that chose.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    TypeError
        If `selection` is no `Selection`.

    Examples
    --------
    >>> from fastgmm.datasets import load_faithful
    >>> from fastgmm.plotting import plot_criteria
    >>> from fastgmm.selection import select
    >>> selection = select(load_faithful(), range(1, 4), random_state=0)
    >>> ax = plot_criteria(selection)
    >>> [line.get_label() for line in ax.lines[:3]]
    ['BIC', 'AIC', 'ICL']
    """
    if not isinstance(selection, Selection):
        raise TypeError(
            "selection must be the Selection that fastgmm.select returned, "
            f"got a {type(selection).__name__}"
        )
    ax = _new_figure(6.4, 4.8).add_subplot() if ax is None else ax
    types = list(dict.fromkeys(row.covariance_type for row in selection.rows))
    if criteria is None:
        criteria = ("bic", "aic", "icl") if len(types) == 1 else (selection.criterion,)
    colors = _component_colors(max(len(types), len(criteria)))
    for i, kind in enumerate(types):
        rows = [row for row in selection.rows if row.covariance_type == kind]
        for j, criterion in enumerate(criteria):
            words = [kind] * (len(types) > 1) + [criterion.upper()] * (len(criteria) > 1)
            hue, dash = (i, j) if len(types) > 1 else (j, 0)
            ax.plot(
                [row.n_components for row in rows], [getattr(row, criterion) for row in rows],
                color=colors[hue], marker="os^D"[hue], markersize=4.5,
                linestyle=("-", "--", ":")[dash], label=", ".join(words) or criterion.upper(),
            )  # fmt: skip
    best, criterion = selection.best, selection.criterion
    height = getattr(best, criterion if criterion in criteria else criteria[0])
    ax.plot(
        best.n_components, height, linestyle="none", marker="o", markersize=12,
        markerfacecolor="none", markeredgecolor="black", markeredgewidth=1.2,
        label=f"best by {criterion.upper()}: {best.n_components}, {best.covariance_type}",
    )  # fmt: skip
    what = criteria[0].upper() if len(criteria) == 1 else "criterion"
    ax.set(xlabel="number of components", ylabel=f"{what} (smaller is better)")
    ax.xaxis.get_major_locator().set_params(integer=True)
    handles, labels = ax.get_legend_handles_labels()
    _finish(ax, handles, labels, ncols=len(labels) if len(labels) <= 5 else 3)
    return ax


def _models_at(iterations, Z, n_components, means_init):
    """Return the models after the given numbers of EM iterations from unit circles."""
    weights = np.full(n_components, 1 / n_components)
    circles = np.tile(np.eye(2), (n_components, 1, 1))
    mixtures = {0: make_mixture(weights, means_init, circles)}
    model = GaussianMixture(
        n_components, tol=0.0, max_iter=max(iterations[-1], 1), weights_init=weights,
        means_init=mixtures[0].means, precisions_init=circles,
        callback=lambda state: mixtures.update({state.iteration: state.mixture}),
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it is stopped on purpose
        model.fit(Z)
    last = mixtures[max(mixtures)]  # should EM have come to an end before
    return [GaussianMixture.from_mixture(mixtures.get(i, last)) for i in iterations]


def _draw_ellipses(ax, mixture, features, n_std, colors):
    """Draw the ellipses and means of all components; return one handle a component."""
    from matplotlib.patches import Ellipse

    handles = []
    ellipses = mixture_ellipses(mixture, features)
    for center, semi_axes, angle, color in zip(*ellipses, colors, strict=True):
        for width, height in np.multiply.outer(n_std, 2 * semi_axes):
            ellipse = Ellipse(
                center, width, height, angle=angle,
                facecolor=(*color, 0.12), edgecolor=(*(0.8 * color), 1.0), linewidth=1.3,
            )  # fmt: skip
            ax.add_patch(ellipse)
        handles += ax.plot(
            *center, linestyle="none", marker="X", markersize=8,
            markerfacecolor=color, markeredgecolor="white", markeredgewidth=1.0,
        )  # fmt: skip
    return handles


def _draw_densities(ax, x, mixture, colors):
    """Draw a histogram of one feature and the components' densities; return their handles."""
    ax.hist(x, bins=int(np.clip(2 * np.sqrt(len(x)), 10, 100)), density=True, color="0.87")
    means = mixture.means[:, 0]
    std = np.sqrt(np.broadcast_to(mixture.covariances.reshape(-1), means.shape))
    grid = np.linspace(min(x.min(), *(means - 3 * std)), max(x.max(), *(means + 3 * std)), 1000)
    z = (grid - means[:, np.newaxis]) / std[:, np.newaxis]
    densities = (mixture.weights / std)[:, np.newaxis] * np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    ax.plot(grid, densities.sum(axis=0), color="0.65", linewidth=4)
    return [ax.plot(grid, y, color=c)[0] for y, c in zip(densities, colors, strict=True)]


def _sample_of_rows(X, max_points):
    """Return X, or a fixed random sample of its rows in their order, of the same kind."""
    X = X if hasattr(X, "shape") else np.asarray(X)
    if X.shape[0] <= max_points:
        return X
    chosen = np.random.default_rng(0).choice(X.shape[0], max_points, replace=False)
    chosen.sort()  # a memory-mapped file is then read in one direction
    return X.iloc[chosen] if hasattr(X, "iloc") else X[chosen]


def _checked_features(features, n_features):
    """Return two different feature indices as a list, or say what is wrong with them."""
    chosen = [int(f) for f in features]
    if len(set(chosen)) != 2 or len(chosen) != 2 or not all(0 <= f < n_features for f in chosen):
        raise ValueError(
            f"features must be two different indices within 0..{n_features - 1}, got {features}"
        )
    return chosen


def _feature_names(source, feature_names, n_features):
    """Return the given names, or those of a model or data frame, or numbered ones."""
    for attribute in ("feature_names_in_", "columns"):
        if feature_names is None:
            feature_names = getattr(source, attribute, None)
    if feature_names is None:
        return [f"feature {j}" for j in range(n_features)]
    if len(feature_names) != n_features:
        raise ValueError(f"feature_names must be {n_features} names, got {len(feature_names)}")
    return list(feature_names)


def _new_figure(width, height):
    """Return a new figure of a size in inches."""
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError("drawing needs Matplotlib: pip install matplotlib") from None
    return pyplot.figure(figsize=(width, height), dpi=DPI, layout="constrained")


def _finish(ax, handles=(), labels=(), ncols=1, title=None):
    """Draw a light grid and frame, and the legend above the axes, where it covers no data."""
    ax.grid(True, color="0.9", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color("0.6")
    ax.tick_params(color="0.6")
    if handles:
        ax.legend(
            handles, labels, ncols=ncols, title=title, alignment="left", loc="lower left",
            bbox_to_anchor=(0, 1), frameon=False, borderpad=0, fontsize=9, title_fontsize=9,
            handlelength=2.0, handletextpad=0.5, columnspacing=1.4,
        )  # fmt: skip

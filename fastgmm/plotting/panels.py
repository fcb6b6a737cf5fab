"""What is drawn into one axes: a feature with its densities, or two coordinates with ellipses."""

from dataclasses import dataclass, replace

import numpy as np

from .geometry import ellipses_of, histogram_edges, weighted_densities
from .style import plain

MOST_IN_LEGEND = 8  # components; of more each has its number written on it
_MOST_APART = 100  # components: of more neither numbers nor parts of bars could be told apart
_FEWEST_BARS = 40  # rows: fewer are drawn one by one
_GRID = 160  # points along each side of an image of the density


@dataclass(frozen=True)
class View:
    """A mixture and rows in the n coordinates in which they are drawn.

    labels: of the coordinates. points (N, n) and resp (N, K): of the rows, or None. weights (K,),
    means (K, n), covariances (K, n, n): of all components. drawn: which have ellipses or curves of
    their own.
    """

    labels: list
    points: np.ndarray | None
    resp: np.ndarray | None
    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    colors: np.ndarray
    drawn: np.ndarray

    def of(self, *coordinates):
        """Return the view of some of the coordinates, and of the rows that miss none of them."""
        chosen = list(coordinates)
        points, resp = self.points, self.resp
        if points is not None:
            known = np.isfinite(points[:, chosen]).all(axis=1)
            points, resp = points[known][:, chosen], resp[known]
        return replace(
            self,
            labels=[self.labels[j] for j in chosen],
            points=points,
            resp=resp,
            means=self.means[:, chosen],
            covariances=self.covariances[:, chosen][:, :, chosen],
        )

    @property
    def blended(self):
        """The colours of the rows, (N, 3)."""
        return np.clip(self.resp @ self.colors, 0.0, 1.0)


def draw_densities(ax, view):
    """Draw one coordinate: bars or marks of the rows, the density and each component's share.

    Returns the handles of the components that are drawn, and that of the whole.
    """
    if view.points is not None and len(view.points):
        _draw_rows(ax, view)
    means, std = view.means[:, 0], np.sqrt(view.covariances[:, 0, 0])
    low, high = (means - 3.5 * std)[view.drawn].min(), (means + 3.5 * std)[view.drawn].max()
    if view.points is not None and len(view.points):
        low, high = min(low, view.points.min()), max(high, view.points.max())
    grid = np.linspace(low, high, 800)
    if len(means) <= 50:  # narrow ones have points of their own
        around = means + std * np.linspace(-4, 4, 65)[:, np.newaxis]
        grid = np.sort(np.concatenate([grid, around[(around >= low) & (around <= high)]]))
    densities = list(
        weighted_densities(grid[:, np.newaxis], view.weights, view.means, view.covariances)
    )
    (whole,) = ax.plot(grid, np.sum(densities, axis=0), color="0.45", linewidth=3.5, alpha=0.55)
    handles = []
    for k in view.drawn:
        handles += ax.plot(grid, densities[k], color=view.colors[k], linewidth=1.6)
        if len(view.weights) > MOST_IN_LEGEND:
            _write_number(ax, k, len(view.weights), (means[k], densities[k].max()), view.colors[k])
    ax.set_ylim(bottom=0.0)
    ax.set(xlabel=view.labels[0], ylabel="density")
    plain(ax)
    return handles, whole


def _draw_rows(ax, view):
    """Draw rows of one coordinate: marks of few, else bars, cut into the components' shares."""
    x = view.points[:, 0]
    if len(x) < _FEWEST_BARS:
        ax.scatter(
            x, np.full(len(x), 0.02), marker="|", s=90, c=view.blended, linewidths=1.4,
            transform=ax.get_xaxis_transform(), zorder=3,
        )  # fmt: skip
        return
    edges = histogram_edges(x, view.weights, view.means[:, 0], view.covariances[:, 0, 0])
    if len(view.drawn) > _MOST_APART:
        heights = np.histogram(x, edges)[0] / (len(x) * np.diff(edges))
        ax.stairs(heights, edges, fill=True, color="0.87", linewidth=0)
        return
    shares = [np.histogram(x, edges, weights=view.resp[:, k])[0] for k in view.drawn]
    tops = np.cumsum(shares, axis=0) / (len(x) * np.diff(edges))
    base = np.zeros(len(edges) - 1)
    for k, top in zip(view.drawn, tops, strict=True):
        ax.stairs(top, edges, baseline=base, fill=True, color=(*view.colors[k], 0.3), linewidth=0)
        base = top


def draw_ellipses(ax, view, n_std=(1, 2)):
    """Draw two coordinates: the rows, or the density without them, and the components' ellipses.

    Returns the handles of the components that are drawn.
    """
    from matplotlib.patches import Ellipse

    if view.points is None:
        _draw_image(ax, view)
    elif len(view.points):
        n = len(view.points)
        size = np.clip(5000 / n, 1.5, 14) * min(1, ax.bbox.width / ax.figure.dpi / 4)
        ax.scatter(
            *view.points.T, c=view.blended, s=size, alpha=np.clip(400 / n, 0.4, 0.8),
            linewidths=0, rasterized=n > 5000,  # keeps a .pdf or .svg small
        )  # fmt: skip
    handles = []
    centers, semi_axes, angles = ellipses_of(view.means, view.covariances)
    for k in view.drawn:
        color = view.colors[k]
        for width, height in np.multiply.outer(n_std, 2 * semi_axes[k]):
            ellipse = Ellipse(
                centers[k], width, height, angle=angles[k],
                facecolor=(*color, 0.12), edgecolor=(*(0.8 * color), 1.0), linewidth=1.3,
            )  # fmt: skip
            ax.add_patch(ellipse)
        if len(view.weights) > MOST_IN_LEGEND:
            _write_number(ax, k, len(view.weights), centers[k], color)
            continue
        handles += ax.plot(
            *centers[k], linestyle="none", marker="X", markersize=8,
            markerfacecolor=color, markeredgecolor="white", markeredgewidth=1.0,
        )  # fmt: skip
    ax.autoscale_view()  # of patches alone Matplotlib does not
    ax.set(xlabel=view.labels[0], ylabel=view.labels[1])
    plain(ax)
    return handles


def _write_number(ax, k, n_components, place, color):
    """Write the number of a component at a place: outlined in white, so that it is read."""
    if n_components > _MOST_APART:
        return
    from matplotlib.patheffects import withStroke

    ax.annotate(
        str(k), place, ha="center", va="center", fontsize=9, fontweight="bold",
        color=0.6 * color, path_effects=[withStroke(linewidth=2.5, foreground="white")],
        zorder=5, annotation_clip=True,
    )  # fmt: skip


def _draw_image(ax, view):
    """Draw the density of two coordinates, as deep as its root, in the components' colours."""
    std = np.sqrt(np.diagonal(view.covariances, axis1=1, axis2=2))
    low = (view.means - 3 * std)[view.drawn].min(axis=0)
    high = (view.means + 3 * std)[view.drawn].max(axis=0)
    sides = [np.linspace(a, b, _GRID) for a, b in zip(low, high, strict=True)]
    points = np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2)
    total, mixed = np.zeros(len(points)), np.zeros((len(points), 3))
    parts = weighted_densities(points, view.weights, view.means, view.covariances)
    for density, color in zip(parts, view.colors, strict=True):
        total += density
        mixed += density[:, np.newaxis] * color
    mixed /= np.maximum(total, np.finfo(float).tiny)[:, np.newaxis]
    depth = 0.6 * np.sqrt(total / total.max())[:, np.newaxis]
    image = np.clip(np.concatenate([mixed, depth], axis=1), 0.0, 1.0).reshape(_GRID, _GRID, 4)
    ax.imshow(
        image, extent=(low[0], high[0], low[1], high[1]), origin="lower", aspect="auto",
        interpolation="bilinear", zorder=0.6,
    )  # fmt: skip


def legend_of(place, view, handles, whole=None, left_out=""):
    """List the components and their weights by ``place(handles, labels, title)``.

    Components beyond `MOST_IN_LEGEND` are not listed: their numbers are written on them.
    """
    labels, title = [f"{k}: {view.weights[k]:.3f}" for k in view.drawn], "component: weight"
    if len(view.weights) > MOST_IN_LEGEND:
        handles, labels, title = [], [], ""
    if whole is not None:
        handles, labels = [*handles, whole], [*labels, "mixture"]
    if handles or left_out:
        place(handles, labels, "\n".join(filter(None, [title, left_out])))

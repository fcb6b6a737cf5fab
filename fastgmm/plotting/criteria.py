"""`plot_criteria`: which number of components, and which covariances, a criterion chooses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..selection import CRITERIA, Selection
from .style import MARKERS, axes_in, check_axes, component_colors, legend_beside, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from .._typing import Criterion

# "Not worth more than a bare mention", of twice the logarithm of a Bayes factor, which a difference
# of BIC estimates: R. E. Kass and A. E. Raftery (1995), Bayes factors, Journal of the American
# Statistical Association 90, 773-795.
TIE = 2.0
_LINEAR_UP_TO = 10.0  # "very strong", in the same table: beyond it the scale is logarithmic
_DASHES = ("-", "--", ":")


def plot_criteria(
    selection: Selection,
    criteria: Sequence[Criterion] | Criterion | None = None,
    ax: Axes | None = None,
    *,
    scale: Literal["auto", "value", "difference"] = "auto",
    legend: bool = True,
    fig: Figure | SubFigure | None = None,
) -> Axes:
    """Draw information criteria against the number of components, the best model marked.

    Of several covariance types the axis shows how much larger each is than the smallest, and is
    linear up to 10 and logarithmic above, as its label says and a dotted line marks.

    Parameters
    ----------
    selection : Selection
        What `fastgmm.selection.select` returned.
    criteria : sequence of {"bic", "aic", "icl"}, optional
        What to draw; by default all three for a single covariance type, else the one that chose.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.
    scale : {"auto", "difference", "value"}, default="auto"
        ``"difference"``: how much larger a criterion is than its smallest value, linear up to 10
        and logarithmic beyond, so that models near the best are told apart beside bad ones.
        ``"value"``: the criteria as they are. ``"auto"``: values of a single covariance type,
        else differences.
    legend : bool, default=True
        Whether to list the curves, beside the axes.
    fig : matplotlib Figure or SubFigure, optional
        Where to draw, instead of `ax`.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    TypeError
        If `selection` is no `Selection`.
    ValueError
        If `criteria` or `scale` are not of the above, or both `ax` and `fig` are given.

    Notes
    -----
    Models within 2 of the best, in the grey band, are as good as it: a difference of BIC estimates
    twice the logarithm of a Bayes factor, which up to 2 is "not worth more than a bare mention"
    (R. E. Kass and A. E. Raftery, 1995, Bayes factors, Journal of the American Statistical
    Association 90, 773-795). Fits that did not converge have hollow marks.

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
    types = list(dict.fromkeys(row.covariance_type for row in selection.rows))
    criteria = _checked_criteria(criteria, selection, types)
    if scale not in ("auto", "difference", "value"):
        raise ValueError(f"scale must be one of auto, difference, value, got {scale!r}")
    difference = scale == "difference" or (scale == "auto" and len(types) > 1)
    check_axes(ax, fig)
    ax = axes_in(ax, fig)
    lowest = {c: min(getattr(row, c) for row in selection.rows) for c in criteria}
    base = lowest if difference else dict.fromkeys(criteria, 0.0)
    _draw_curves(ax, selection, types, criteria, base)
    marked = selection.criterion if selection.criterion in criteria else criteria[0]
    best = selection.best
    ax.plot(
        best.n_components, getattr(best, marked) - base[marked], linestyle="none", marker="o",
        markersize=12, markerfacecolor="none", markeredgecolor="black", markeredgewidth=1.4,
        clip_on=False, zorder=4,
        label=f"best by {selection.criterion.upper()}: {best.n_components}, {best.covariance_type}",
    )  # fmt: skip
    level = lowest[marked] - base[marked]
    which = "" if difference or len(criteria) == 1 else f" {marked.upper()}"
    band = f"within {TIE:g} of the smallest{which}"
    ax.axhspan(level, level + TIE, color="0.88", zorder=0, label=band)
    _label(ax, selection, criteria, difference)
    if legend:
        legend_beside(ax, *ax.get_legend_handles_labels())
    return ax


def _checked_criteria(criteria, selection, types):
    """Return the criteria to draw as a list, or say what is wrong with them."""
    if criteria is None:
        return list(CRITERIA) if len(types) == 1 else [selection.criterion]
    several = isinstance(criteria, Iterable) and not isinstance(criteria, str)
    criteria = list(criteria) if several else [criteria]
    if not criteria or not all(isinstance(c, str) and c in CRITERIA for c in criteria):
        raise ValueError(f"criteria must be of {', '.join(CRITERIA)}, got {criteria}")
    return list(dict.fromkeys(criteria))


def _draw_curves(ax, selection, types, criteria, base):
    """Draw a curve of each covariance type and criterion, less the base of the criterion."""
    colors = component_colors(max(len(types), len(criteria)))
    hollow = False
    for i, kind in enumerate(types):
        rows = [row for row in selection.rows if row.covariance_type == kind]
        counts, failed = [row.n_components for row in rows], [not row.converged for row in rows]
        for j, criterion in enumerate(criteria):
            words = [kind] * (len(types) > 1) + [criterion.upper()] * (len(criteria) > 1)
            hue, dash = (i, j) if len(types) > 1 else (j, 0)
            heights = np.array([getattr(row, criterion) for row in rows]) - base[criterion]
            ax.plot(
                counts, heights, color=colors[hue], marker=MARKERS[hue], markersize=5,
                linestyle=_DASHES[dash], label=", ".join(words) or criterion.upper(), zorder=3,
            )  # fmt: skip
            if any(failed):
                ax.plot(
                    np.array(counts)[failed], heights[failed], linestyle="none", zorder=3,
                    marker=MARKERS[hue], markersize=5, markerfacecolor="white",
                    markeredgecolor=colors[hue], label="_nolegend_",
                )  # fmt: skip
                hollow = True
    if hollow:
        ax.plot(
            [], [], linestyle="none", marker="o", markersize=5, markerfacecolor="white",
            markeredgecolor="0.3", label="hollow: not converged",
        )  # fmt: skip


def _label(ax, selection, criteria, difference):
    """Set the scale of the axes, their ticks and what is written on them."""
    from matplotlib.ticker import MaxNLocator, ScalarFormatter

    what = criteria[0].upper() if len(criteria) == 1 else "criterion"
    ax.set(xlabel="number of components", ylabel=f"{what} (smaller is better)")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    plain(ax)
    if not difference:
        return
    label = f"{what}, above its smallest (smaller is better)"
    ax.set_yscale("symlog", linthresh=_LINEAR_UP_TO, linscale=1.5)
    ax.yaxis.set_major_formatter(ScalarFormatter())
    top = max(line.get_ydata().max() for line in ax.lines if len(line.get_ydata()))
    decades = 10.0 ** np.arange(2, 1 + max(1.0, np.ceil(np.log10(max(top, 10.0)))))
    ax.set_yticks([0, 2, 4, 6, 8, 10, *decades[decades <= 1.2 * top]])
    ax.set_ylim(-0.8, 1.35 * max(top, TIE))
    if top > _LINEAR_UP_TO:
        label += f"\nlinear up to {_LINEAR_UP_TO:g}, logarithmic above"
        ax.axhline(_LINEAR_UP_TO, color="0.6", linewidth=0.8, linestyle=":", zorder=0.5)
    ax.set_ylabel(label)

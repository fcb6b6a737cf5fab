"""What all pictures have in common: colours, figures, legends that cover nothing, names."""

import re
from os import PathLike

import numpy as np

from ..rows import Rows

# M. Okabe and K. Ito's colours, told apart by colour-blind readers; without their black and
# yellow, which are hard to see as text or as points on white
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = "os^Dv"  # of curves, beside their colours

DPI = 150


def component_colors(n_components):
    """Return RGB colours, shape (n_components, 3): the palette, then its darker, lighter shades."""
    base = np.array([[int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)] for code in PALETTE])
    shades = np.concatenate([base, 0.55 * base, 0.5 + 0.5 * base])
    return np.resize(shades, (n_components, 3))


def new_figure(width, height):
    """Return a new figure of a size in inches."""
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError("drawing needs Matplotlib: pip install matplotlib") from None
    return pyplot.figure(figsize=(width, height), dpi=DPI, layout="constrained")


def axes_in(ax, fig, width=6.4, height=4.8):
    """Return the axes that are given, or new ones, of the figure that is given or of a new one."""
    if ax is not None:
        return ax
    return (new_figure(width, height) if fig is None else fig).add_subplot()


def check_axes(ax, fig, grid=False):
    """Raise ValueError if axes and a figure are given, or axes where a grid of them is drawn."""
    if ax is not None and fig is not None:
        raise ValueError("give ax or fig, not both: axes have a figure already")
    if ax is not None and grid:
        raise ValueError("a grid of panels does not go into one axes: give fig, or no ax")


def plain(ax, grid=True):
    """Give axes a light frame, and a light grid below what is drawn."""
    if grid:
        ax.grid(True, color="0.9", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color("0.6")
    ax.tick_params(color="0.6")


def legend_beside(ax, handles, labels, title=None):
    """Put the legend to the right of axes, where it covers neither data nor a title.

    A figure that has a layout makes room for it. In others the axes give some of their width away,
    as they do to a colour bar.
    """
    legend = legend_in(ax, handles, labels, title, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    if ax.figure.get_layout_engine() is None or ax.get_subplotspec() is None:
        place = ax.get_position()
        taken = legend.get_window_extent().width / ax.figure.bbox.width
        if taken < 0.6 * place.width:
            ax.set_position([place.x0, place.y0, place.width - taken, place.height])


def legend_in(ax, handles, labels, title=None, **place):
    """Return a plain legend at a place of axes."""
    return ax.legend(
        handles, labels, title=title, alignment="left", frameon=False, fontsize=9,
        title_fontsize=9, handlelength=2.0, handletextpad=0.5, **place,
    )  # fmt: skip


def in_lines(text, width):
    """Return a text in lines that are at most so many inches wide, as labels of axes are written.

    They end at spaces and after ``_``, ``/`` and ``-``; a word that is longer is cut.
    """
    from matplotlib import rcParams
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=rcParams["axes.labelsize"])
    wide = text_to_path.get_text_width_height_descent(text, font, False)[0] / 72
    if wide <= width or "$" in text:  # a formula has no lines
        return text
    most = max(1, int(len(text) * width / wide))
    lines = [""]
    for word in re.findall(r"[^\s_/-]*[\s_/-]?", text):
        for part in (word[i : i + most] for i in range(0, len(word), most)):
            if lines[-1] and len((lines[-1] + part).rstrip()) > most:
                lines.append("")
            lines[-1] += part
    return "\n".join(line.rstrip() for line in lines)


def feature_names(given, n_features, *sources):
    """Return the given names, or those of a model or data frame, or numbered ones."""
    for source in sources:
        for attribute in ("feature_names_in_", "columns"):
            if given is None:
                given = getattr(source, attribute, None)
    if given is None:
        return [f"feature {j}" for j in range(n_features)]
    if isinstance(given, str) or len(given) != n_features:
        got = repr(given) if isinstance(given, str) else len(given)
        raise ValueError(f"feature_names must be {n_features} names, got {got}")
    return [str(name) for name in given]


def sample_of_rows(X, max_points):
    """Return X, or a fixed random sample of its rows in their order, of the same kind."""
    X = X if hasattr(X, "shape") else np.asarray(X)
    if len(X.shape) != 2:
        hint = "; of one feature give X.reshape(-1, 1)" if len(X.shape) == 1 else ""
        raise ValueError(f"X must be of shape (n_samples, n_features), got {X.shape}{hint}")
    if X.shape[0] <= max_points:
        return X
    chosen = np.random.default_rng(0).choice(X.shape[0], max_points, replace=False)
    chosen.sort()  # a memory-mapped file is then read in one direction
    return X.iloc[chosen] if hasattr(X, "iloc") else X[chosen]


def check_in_memory(X):
    """Raise TypeError for files and Rows, which are read first."""
    if isinstance(X, (str, bytes, PathLike)):
        raise TypeError(
            f"X must be an array or a data frame of rows, got the {type(X).__name__} {X!r}; read "
            "the file first, by fastgmm.files.read_table, and a saved model by GaussianMixture.load"
        )
    if isinstance(X, Rows):
        raise TypeError(
            "X must be an array or a data frame of rows, got Rows; draw a sample of them, "
            "rows.sample(20_000)[0]"
        )

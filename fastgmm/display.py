"""How parameters are shown: a few lines of text, or a table for notebooks.

Of large mixtures only the first components and features are looked at, so that to show one costs
nothing.
"""

from html import escape
from itertools import islice

import numpy as np

# Of components and features: so many are shown, and that there are more.
MOST_ROWS, MOST_COLUMNS = 10, 6
_MORE = "..."


def mixture_text(mixture, covariance_type):
    """Return the lines that show a Mixture: what it is, and its first weights and means."""
    k, d = mixture.means.shape
    head = f"Mixture(K={k}, D={d}, {covariance_type!r}, {mixture.means.dtype})"
    cells = [["component", "weight", *(f"mean[{j}]" for j in range(min(d, MOST_COLUMNS)))]]
    for j, (weight, mean) in enumerate(_first(mixture.weights, mixture.means)):
        cells.append([str(j), _cut(weight, 4), *(_cut(x, 5) for x in mean)])
    if d > MOST_COLUMNS:
        cells = [[*row, _MORE] for row in cells]
    lines = aligned(cells)
    if k > MOST_ROWS:
        lines.append(f"{_MORE} {k - MOST_ROWS} more")
    return "\n".join([head, *(f"  {line}" for line in lines)])


def parameters_html(weights, means, covariances, names=None, caption=""):
    """Return the table of weights (K,), and of means (K, D) with their standard deviations.

    covariances: in the shape that a Mixture has for their type. names: of the features, or None.
    """
    k, d = means.shape
    names = [f"feature {j}" for j in range(min(d, MOST_COLUMNS))] if names is None else names
    headers = ["component", "weight", *map(str, islice(names, MOST_COLUMNS))]
    rows = []
    for j, (weight, mean) in enumerate(_first(weights, means)):
        own = covariances[j % len(covariances)]
        variances = own.diagonal() if own.ndim == 2 else np.broadcast_to(own, d)
        std = np.sqrt(variances[:MOST_COLUMNS])
        cells = [f"{_cut(m, 4)} ± {_cut(s, 4)}" for m, s in zip(mean, std, strict=True)]
        rows.append([str(j), _cut(weight, 4), *cells])
    if d > MOST_COLUMNS:
        headers.append(f"{d - MOST_COLUMNS} more")
        rows = [[*row, _MORE] for row in rows]
    if k > MOST_ROWS:
        rows.append([f"{k - MOST_ROWS} more", *[_MORE] * (len(headers) - 1)])
    return html_table(headers, rows, caption=caption)


def aligned(rows, left=()):
    """Return rows of text as lines of columns, on the right but those whose numbers are in left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if j in left else cell.rjust(width)
            for j, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def html_table(headers, rows, *, marked=None, caption=""):
    """Return an HTML table of rows of text, of which that of the number `marked` is bold."""
    cell = 'style="text-align: right; padding: 0.15em 0.7em"'
    lines = ['<table style="border-collapse: collapse">']
    if caption:
        lines.append(f'<caption style="text-align: left">{escape(caption)}</caption>')
    head = "".join(f"<th {cell}>{escape(name)}</th>" for name in headers)
    lines.append(f"<thead><tr>{head}</tr></thead><tbody>")
    for i, row in enumerate(rows):
        bold = ' style="font-weight: bold"' if i == marked else ""
        cells = "".join(f"<td {cell}>{escape(text)}</td>" for text in row)
        lines.append(f"<tr{bold}>{cells}</tr>")
    return "\n".join([*lines, "</tbody></table>"])


def _cut(value, digits):
    """Return a number with so many digits, zeros at its end included."""
    return f"{value:#.{digits}g}".rstrip(".")


def _first(weights, means):
    """Return pairs of the first weights and the first entries of their means."""
    shown = means[:MOST_ROWS, :MOST_COLUMNS].tolist()
    return zip(weights[:MOST_ROWS].tolist(), shown, strict=True)

"""Colourings of sparse derivative matrices: which directions may share one evaluation.

References
----------
Gebremedhin, Manne and Pothen, "What color is your Jacobian? Graph coloring for computing
derivatives", SIAM Review 47, 2005 (the partial distance-two and the star colouring).
"""

import numba
import numpy as np

from ..jit.disk import keep_on_disk


@keep_on_disk
@numba.njit
def color_columns(row_starts, columns, column_starts, rows):
    """Return a colour for each column so that two columns of one colour share no row.

    Parameters
    ----------
    row_starts, columns : arrays of int
        The pattern by rows (CSR).
    column_starts, rows : arrays of int
        The same by columns (CSC).

    Returns
    -------
    array of int (n_columns,)

    Notes
    -----
    Greedy, in the order of the columns: for a band this is the least number, its width.

    Examples
    --------
    >>> import scipy.sparse
    >>> band = scipy.sparse.diags_array([1.0, 1.0, 1.0], offsets=[-1, 0, 1], shape=(6, 6))
    >>> by_row, by_column = band.tocsr(), band.tocsc()
    >>> color_columns(by_row.indptr, by_row.indices, by_column.indptr, by_column.indices)
    array([0, 1, 2, 0, 1, 2])
    """
    n = column_starts.size - 1
    colors = np.full(n, -1)
    taken = np.full(n + 1, -1)  # taken[c] == j: colour c is not for column j
    for j in range(n):
        for a in range(column_starts[j], column_starts[j + 1]):
            row = rows[a]
            for b in range(row_starts[row], row_starts[row + 1]):
                c = colors[columns[b]]
                if c >= 0:
                    taken[c] = j
        color = 0
        while taken[color] == j:
            color += 1
        colors[j] = color
    return colors


@keep_on_disk
@numba.njit
def color_star(starts, neighbours):
    """Return a star colouring of a symmetric pattern: no path of four has two colours.

    Parameters
    ----------
    starts, neighbours : arrays of int
        The pattern by rows (CSR), both triangles; the diagonal does not matter.

    Returns
    -------
    array of int (n,)

    Notes
    -----
    Greedy, in order of falling degree.  Each entry of the matrix can be read off its
    product with the 0-1 matrix of the colours.

    Examples
    --------
    An arrow takes two colours, whatever its size:

    >>> import numpy as np
    >>> import scipy.sparse
    >>> arrow = np.eye(5); arrow[0] = arrow[:, 0] = 1.0
    >>> pattern = scipy.sparse.csr_array(arrow)
    >>> color_star(pattern.indptr, pattern.indices)
    array([0, 1, 1, 1, 1])
    """
    n = starts.size - 1
    colors = np.full(n, -1)
    taken = np.full(n + 1, -1)
    order = np.argsort(starts[:-1] - starts[1:], kind="mergesort")
    for v in order:
        for a in range(starts[v], starts[v + 1]):
            w = neighbours[a]
            if w == v:
                continue
            if colors[w] >= 0:
                taken[colors[w]] = v
            for b in range(starts[w], starts[w + 1]):
                x = neighbours[b]
                if colors[x] < 0:  # v itself among them
                    continue
                if colors[w] < 0:  # v and x would share a colour over an open middle
                    taken[colors[x]] = v
                    continue
                for c in range(starts[x], starts[x + 1]):  # a path v - w - x - y
                    y = neighbours[c]
                    if y != x and y != w and colors[y] == colors[w]:
                        taken[colors[x]] = v
                        break
        color = 0
        while taken[color] == v:
            color += 1
        colors[v] = color
    return colors

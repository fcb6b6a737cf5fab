r"""
Sparse Jacobians: columns that share a pass
===========================================

In a discretised differential equation each result depends on a few neighbours. Its Jacobian is
nearly empty, and computing it column by column wastes most of the work. Two columns that have no
entry in the same row can be computed in *one* pass, with a seed that has a 1 in both: nothing is
added up that has to be told apart. Which columns may share a pass is a question of colouring a
graph.
"""

import matplotlib.pyplot as plt
import numba
import numpy as np
from matplotlib.colors import ListedColormap

import fastad

# %%
# Bratu's problem, :math:`\Delta u + \lambda e^u = 0`, on a square of 7 by 7 points. Each residual
# takes a point and its four neighbours.


@numba.njit
def bratu(u, rate):
    n = round(np.sqrt(u.size))
    out = np.empty_like(u)
    for i in range(n):
        for j in range(n):
            k = i * n + j
            total = -4.0 * u[k]
            if i > 0:
                total += u[k - n]
            if i < n - 1:
                total += u[k + n]
            if j > 0:
                total += u[k - 1]
            if j < n - 1:
                total += u[k + 1]
            out[k] = total * (n + 1) ** 2 + rate * np.exp(u[k])
    return out


# %%
# Detect, colour, recover
# -----------------------
#
# :func:`fastad.sparse_jacobian` finds the pattern from a recording of the operations, colours the
# columns, and reads the entries off one pass for each colour.

n = 7
u = np.random.default_rng(0).normal(scale=0.3, size=n * n)
sparse = fastad.sparse_jacobian(bratu)
jacobian = sparse(u, 2.0)
print(
    f"{jacobian.shape[0]} x {jacobian.shape[1]}, {jacobian.nnz} entries, {sparse.n_colors} colours"
)

line = np.diag(np.full(n - 1, 1.0), 1) + np.diag(np.full(n - 1, 1.0), -1) - 2.0 * np.eye(n)
laplacian = np.kron(np.eye(n), line) + np.kron(line, np.eye(n))
by_hand = laplacian * (n + 1) ** 2 + np.diag(2.0 * np.exp(u))
assert np.allclose(jacobian.toarray(), by_hand, rtol=1e-13, atol=1e-10)

# %%
# The same, step by step: the seeds are the sums of the unit vectors of each colour. The product
# with all of them is a matrix of few columns that holds every entry.

seeds = (sparse.colors[:, None] == np.arange(sparse.n_colors)).astype(float)
compressed = jacobian @ seeds
rows, columns = jacobian.nonzero()
read_off = compressed[rows, sparse.colors[columns]]
assert np.array_equal(read_off, jacobian.tocsr()[rows, columns])

# no two columns of one colour meet in a row:
assert (jacobian.astype(bool).astype(float) @ seeds).max() == 1.0

# %%
# A picture
# ---------

palette = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000"]
colors = ListedColormap(palette[: sparse.n_colors])
shown = np.full(jacobian.shape, np.nan)
shown[rows, columns] = sparse.colors[columns]
squeezed = np.full(compressed.shape, np.nan)
squeezed[rows, sparse.colors[columns]] = sparse.colors[columns]

figure, (left, middle, right) = plt.subplots(
    1, 3, figsize=(10, 4.6), layout="constrained", width_ratios=(5, 1.2, 3.4)
)
limits = {"cmap": colors, "vmin": -0.5, "vmax": sparse.n_colors - 0.5, "interpolation": "nearest"}
left.imshow(shown, **limits)
left.set(title=f"{jacobian.shape[1]} columns", xlabel="column", ylabel="row")
middle.imshow(squeezed, aspect="auto", **limits)
middle.set(title=f"{sparse.n_colors} passes", xlabel="colour", yticks=[])
right.imshow(sparse.colors.reshape(n, n), **limits)
right.set(title="colour of each point", xlabel="$j$", ylabel="$i$")
plt.show()

# %%
# On the left is the pattern; entries of one colour come from one pass. In the middle is what the
# passes give: the same entries, pushed together. On the right the colours are back on the square:
# no point has the colour of a neighbour, nor of a neighbour's neighbour.
#
# The number of colours does not grow with the number of points:

for n in (7, 20, 60):
    jacobian = sparse(np.zeros(n * n), 2.0)
    print(f"{n * n:5} unknowns, {jacobian.nnz:6} entries, {sparse.n_colors} colours")

# %%
# References
# ----------
#
# * Curtis, A. R., Powell, M. J. D. and Reid, J. K. (1974). On the estimation of sparse Jacobian
#   matrices. IMA Journal of Applied Mathematics 13.
# * Gebremedhin, A. H., Manne, F. and Pothen, A. (2005). What color is your Jacobian? Graph
#   coloring for computing derivatives. SIAM Review 47.

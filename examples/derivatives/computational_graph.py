r"""
The computational graph of x1 x2 + sin(x1)
==========================================

A program is a graph. Its nodes are the values that it computes, and an edge goes from each value to
those that are computed from it. With the partial derivatives on the edges the graph is all that the
chain rule needs. :func:`fastad.draw_graph` draws it.
"""

import math

import fastad


def f(x1, x2):
    return x1 * x2 + math.sin(x1)


# %%
# Values and edges
# ----------------
#
# First the values: the inputs, two operations on them, and their sum. The number on an edge is the
# partial derivative of the lower node by the upper one.

fastad.draw_graph(f, 2.0, 3.0, tangents=False, adjoints=False)

# %%
# Tangents: downstream
# --------------------
#
# Give the inputs the tangents :math:`\dot x_1 = 1,\ \dot x_2 = 0`. The tangent of each further node
# is the sum, over the edges that come in, of partial derivative times tangent:
#
# .. math:: \dot v = \sum_{u \to v} \frac{\partial v}{\partial u}\,\dot u.

fastad.draw_graph(f, 2.0, 3.0, adjoints=False)

# %%
# Adjoints: upstream
# ------------------
#
# Give the result the adjoint 1. The adjoint of each earlier node is the sum over the edges that go
# out:
#
# .. math:: \bar u = \sum_{u \to v} \bar v\,\frac{\partial v}{\partial u}.
#
# Two edges go out of :math:`x_1`, so two parts are added in :math:`\bar x_1`.

fastad.draw_graph(f, 2.0, 3.0, tangents=False)

# %%
# Paths
# -----
#
# Multiply the chain rule out, and each derivative is a sum over *paths* from input to result, of
# the product of the partial derivatives along the path (Bauer 1974). From :math:`x_1` there are two
# paths, through the product and through the sine. The graph is also an object, so this can be
# checked: walk all the paths.

graph = fastad.draw_graph(f, 2.0, 3.0)
print(graph)


def over_paths(start, end):
    """Return the sum over all paths of the products of the partial derivatives."""
    if start == end:
        return 1.0
    node = graph.nodes[end]
    edges = zip(node.operands, node.partials, strict=True)
    return sum(over_paths(start, operand) * partial for operand, partial in edges)


for k, name in ((0, "x1"), (1, "x2")):
    by_paths = over_paths(k, len(graph.nodes) - 1)
    print(f"{name}: over the paths {by_paths:.6f}, adjoint {graph.nodes[k].adjoint:.6f}")
    assert math.isclose(by_paths, graph.nodes[k].adjoint)

assert graph.nodes[0].adjoint == 3.0 + math.cos(2.0)
assert graph.nodes[1].adjoint == 2.0

# %%
# The number of paths may double with each step, as here, where each value is used twice. That is
# why forward and reverse mode do not walk paths: they touch each edge once.


def doubled(x):
    y = x
    for _ in range(4):
        y = y * y
    return y


graph = fastad.draw_graph(doubled, 1.1)
assert math.isclose(over_paths(0, len(graph.nodes) - 1), 16 * 1.1**15)
fastad.draw_graph(doubled, 1.1)

# %%
# References
# ----------
#
# * Bauer, F. L. (1974). Computational graphs and rounding error. SIAM Journal on Numerical
#   Analysis 11.
# * Kantorovich, L. V. (1957). On a mathematical symbolism convenient for performing machine
#   calculations. Doklady Akademii Nauk SSSR 113.
# * Griewank, A. and Walther, A. (2008). Evaluating Derivatives, second edition. SIAM, chapter 2.

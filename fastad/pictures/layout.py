"""Where the nodes of a graph stand: in layers, with few crossings.

Sugiyama's method: a node's layer is the length of the longest path to it; edges over several layers
pass through points of their own; layers are ordered by the barycentres of their neighbours; then
places in this order are those nearest to the neighbours' (least squares with the order kept, by
pooling adjacent violators).

References
----------
Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures",
IEEE Trans. Systems, Man and Cybernetics 11, 1981.
"""

import itertools
from typing import NamedTuple

POINT = 26.0  # the width of an edge that passes a layer
GAP = 26.0


class Place(NamedTuple):
    """Where a node stands, or an edge passes a layer: the middle, and the layer."""

    x: float
    layer: int


def layers(operands):
    """Return the layer of each node: the length of the longest path to it.

    Parameters
    ----------
    operands : sequence of sequence of int
        The nodes before each node, which have lower numbers.

    Examples
    --------
    >>> layers([(), (), (0, 1), (0,), (2, 3)])
    [0, 0, 1, 1, 2]
    """
    found = []
    for before in operands:
        found.append(1 + max((found[u] for u in before), default=-1))
    return found


def placed(operands, widths):
    """Return the places of nodes, and the way of each edge.

    Parameters
    ----------
    operands : sequence of sequence of int
    widths : sequence of float
        The width of each node's box.

    Returns
    -------
    places : dict
        Node, or (node, layer) for a point of its edges, -> `Place`.
    ways : dict
        (node, position of the operand) -> the keys of places from the operand to the node.
    """
    depth = layers(operands)
    rows = [[] for _ in range(1 + max(depth))]
    above, below, ways = {}, {}, {}
    for k, layer in enumerate(depth):
        rows[layer].append(k)
    for k, before in enumerate(operands):
        for position, u in enumerate(before):
            way = [u, *((u, layer) for layer in range(depth[u] + 1, depth[k])), k]
            ways[k, position] = way
            for a, b in itertools.pairwise(way):
                above.setdefault(b, []).append(a)
                below.setdefault(a, []).append(b)
                if isinstance(b, tuple) and b not in rows[b[1]]:
                    rows[b[1]].append(b)
    rows = _ordered(rows, above, below)
    size = {key: widths[key] if isinstance(key, int) else POINT for row in rows for key in row}
    x = _spread(rows, above, below, size)
    return {key: Place(x[key], layer) for layer, row in enumerate(rows) for key in row}, ways


def _ordered(rows, above, below):
    """Return the layers in an order with few crossings."""
    best, fewest = rows, _crossings(rows, below)
    for sweep in range(12):
        down = sweep % 2 == 0
        rows = [list(row) for row in rows]
        for layer in range(len(rows)) if down else reversed(range(len(rows))):
            near = rows[layer - 1 if down else layer + 1 : layer if down else layer + 2]
            at = {key: k for k, key in enumerate(near[0])} if near and near[0] else {}
            links = above if down else below
            own = {key: k for k, key in enumerate(rows[layer])}
            rows[layer].sort(key=lambda key: _mean(at, links.get(key, ()), own[key]))
        count = _crossings(rows, below)
        if count < fewest:
            best, fewest = rows, count
    return best


def _mean(at, neighbours, otherwise):
    found = [at[n] for n in neighbours if n in at]
    return sum(found) / len(found) if found else otherwise


def _crossings(rows, below):
    """Return the number of pairs of edges between neighbouring layers that cross."""
    count = 0
    for row, following in itertools.pairwise(rows):
        at = {key: k for k, key in enumerate(following)}
        edges = [(k, at[b]) for k, a in enumerate(row) for b in set(below.get(a, ())) if b in at]
        count += sum((a - c) * (b - d) < 0 for i, (a, b) in enumerate(edges) for c, d in edges[:i])
    return count


def _spread(rows, above, below, size):
    """Return x of each place: near its neighbours, in the order of the layers."""
    x = {}
    for row in rows:
        at = 0.0
        for key in row:
            x[key] = at + size[key] / 2
            at += size[key] + GAP
    for sweep in range(24):
        down = sweep % 2 == 0
        for row in rows if down else rows[::-1]:
            wanted = []
            for key in row:
                near = above.get(key) if down else below.get(key)
                wanted.append(sum(x[n] for n in near) / len(near) if near else x[key])
            # Points first: a long edge is straight, and boxes make room.
            weights = [1.0 if isinstance(key, int) else 4.0 for key in row]
            apart = [(size[a] + size[b]) / 2 + GAP for a, b in itertools.pairwise(row)]
            x |= zip(row, apart_by(wanted, apart, weights), strict=True)
    return x


def apart_by(wanted, apart, weights):
    """Return the places nearest to those wanted, each at least so far from the one before.

    Parameters
    ----------
    wanted, weights : sequence of float (n,)
    apart : sequence of float (n - 1,)

    Returns
    -------
    list of float (n,)
        The least sum of ``weights * (x - wanted)**2`` with ``x[k + 1] - x[k] >= apart[k]``.

    Examples
    --------
    >>> apart_by([0.0, 1.0, 9.0], [4.0, 4.0], [1.0, 1.0, 1.0])
    [-1.5, 2.5, 9.0]
    """
    offsets = [0.0]
    for distance in apart:
        offsets.append(offsets[-1] + distance)
    pools = []  # [mean, weight, number]: y = x - offset must not fall
    for target, offset, weight in zip(wanted, offsets, weights, strict=True):
        pools.append([target - offset, weight, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            mean, heavy, n = pools.pop()
            pool = pools[-1]
            total = pool[1] + heavy
            pools[-1] = [(pool[0] * pool[1] + mean * heavy) / total, total, pool[2] + n]
    flat = [mean for mean, _, n in pools for _ in range(n)]
    return [y + offset for y, offset in zip(flat, offsets, strict=True)]

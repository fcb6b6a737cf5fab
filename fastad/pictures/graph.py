"""`draw_graph`: the computational graph of a small function, with its derivatives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..jit.generated import ByTypes, python_function
from ..modes.request import parameters_of
from ..numbers.plain import times
from ..refusals import Misuse
from .arrays import as_items
from .recording import Recorded, Recording, short
from .running import Run
from .svg import picture

MAX_NODES = 60


class Node(NamedTuple):
    """One node of a `Graph`.

    Attributes
    ----------
    name : str
        That of the input (``x``, ``x[0]``), or ``v1``, ``v2``, ... for the operations in order.
    operation : str
        ``"input"``, or the operation's name: ``"mul"``, ``"sin"``, ``"sum"``.
    formula : str
        The operation with its operands: ``"x1 * x2"``.
    operands : tuple of int
        The nodes whose values it takes, by their index in `Graph.nodes`.
    partials : tuple of float
        Its derivative by each operand.
    value : float
    tangent : float or None
        Its derivative along the direction of the inputs; None if that was not asked for.
    adjoint : float or None
        The derivative of the result by it; None if that was not asked for.
    result : bool
        Whether the function returns it.
    """

    name: str
    operation: str
    formula: str
    operands: tuple
    partials: tuple
    value: float
    tangent: float | None
    adjoint: float | None
    result: bool


class Graph:
    """The computational graph of a function at a point: what `draw_graph` returns.

    A notebook shows the picture; `print` a table of the nodes.

    Attributes
    ----------
    nodes : list of Node
        Inputs first, then the operations in the order in which they were done.
    results : list of float
        What the function returned, as a list of numbers.
    decisions : list of (str, bool)
        The comparisons that the function made, and how they came out. The graph is that of the
        branches taken here.
    svg : str
        The picture.
    """

    def __init__(self, name, nodes, results, decisions):
        self.name, self.nodes, self.results, self.decisions = name, nodes, results, decisions

    @property
    def svg(self):
        """The picture."""
        return picture(self.name, self.nodes, self.decisions)

    def save(self, path):
        """Write the picture to a file, whose name ends in ``.svg``.

        Parameters
        ----------
        path : str or Path

        Raises
        ------
        ValueError
            If the name ends otherwise.
        """
        path = Path(path)
        if path.suffix != ".svg":
            raise ValueError(f"fastad: a graph is saved as an .svg file, got {path.name!r}")
        path.write_text(self.svg, encoding="utf-8")

    def _repr_svg_(self):
        return self.svg

    def _repr_html_(self):
        return f'<div style="overflow-x: auto">\n{self.svg}</div>'

    def __repr__(self):
        first = self.nodes[0]
        numbers = [c for c in ("value", "tangent", "adjoint") if getattr(first, c) is not None]
        rows = [["node", "operation", *numbers, ""]]
        for node in self.nodes:
            formula = "input" if node.operation == "input" else node.formula
            columns = [short(getattr(node, c)) for c in numbers]
            rows.append([node.name, formula, *columns, "result" * node.result])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        lines += [f"{text}: {outcome}" for text, outcome in self.decisions]
        return "\n".join(lines)


def draw_graph(
    f: Callable[..., Any],
    *args: Any,
    argnums: int | Sequence[int] | None = None,
    direction: ArrayLike | None = None,
    cotangent: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    tangents: bool = True,
    adjoints: bool = True,
    max_nodes: int = MAX_NODES,
) -> Graph:
    """Draw the computational graph of a small function, with values and derivatives.

    Parameters
    ----------
    f : callable
        A Python function, or an @njit function of one.
    *args
        Its arguments. Floats, arrays of floats, and tuples of these are inputs of the graph; all
        others are data.
    argnums : int or tuple of int, optional
        Which arguments are inputs; all that can be, if it is not given.
    direction : sequence of float, optional
        The tangent of each input, arrays item by item; 1 for the first input, 0 for the others
        by default.
    cotangent : sequence of float, optional
        The adjoint of each result; 1 for the first, 0 for the others by default.
    names : sequence of str, optional
        The names of the arguments; those of the function's parameters by default.
    tangents, adjoints : bool, default True
        Whether they are computed and shown.
    max_nodes : int, default 60
        The largest number of nodes.

    Returns
    -------
    Graph
        A notebook shows its picture, `print` its table. It has ``nodes``, ``svg`` and
        ``save(path)``.

    Raises
    ------
    ValueError
        If there are more than `max_nodes` nodes, or a direction has another number of items than
        there are inputs.
    TypeError
        If no argument is a float, or f does something to a number that is not drawn: `np.linalg`,
        drivers, functions with rules of their own.

    Notes
    -----
    The function runs once, in the interpreter, with numbers that record what is done to them: so
    loops are unrolled, and of branches there are those taken here. Nothing is compiled. Each node
    has the value v of one operation; the edges into it have the partial derivatives of the
    operation by its operands u, from the rule table. With them the chain rule goes both ways [1]_:
    the tangent of a node is the sum of ``dv/du`` times the tangent of u over its operands; the
    adjoint of a node is the sum of ``dw/dv`` times the adjoint of w over the nodes w that take it.
    The sum, mean, product, largest or smallest item of an array, and `fastad.logsumexp`, are one
    node each. Adding 0, with which many sums begin, is none.

    References
    ----------
    .. [1] Griewank and Walther, *Evaluating Derivatives*, 2nd ed., SIAM 2008, chapter 3.

    Examples
    --------
    >>> import math
    >>> from fastad import draw_graph
    >>> def f(x1, x2):
    ...     return x1 * x2 + math.sin(x1)
    >>> graph = draw_graph(f, 2.0, 5.0)
    >>> print(graph)
    node  operation  value   tangent  adjoint
    x1    input      2       1        4.584
    x2    input      5       0        2
    v1    x1 * x2    10      5        1
    v2    sin(x1)    0.9093  -0.4161  1
    v3    v1 + v2    10.91   4.584    1        result
    >>> graph.nodes[0].adjoint == 5.0 + math.cos(2.0)
    True
    """
    recording, returned = _recorded(f, args, argnums, names, max_nodes)
    items = list(_items(returned))
    if not items:
        raise Misuse(f"fastad: draw_graph: the function returned {returned!r}, which has no number")
    numbers = [item.number if isinstance(item, Recorded) else None for item in items]
    results = [float(item.value if isinstance(item, Recorded) else item) for item in items]
    steps, n = recording.steps, recording.n_inputs
    directions = _seeds("direction", direction, n, "inputs") if tangents else None
    seeds = _seeds("cotangent", cotangent, len(results), "results") if adjoints else None
    dots = _tangents(steps, directions) if tangents else [None] * len(steps)
    bars = _adjoints(steps, numbers, seeds) if adjoints else [None] * len(steps)
    nodes = [
        Node(*step[:5], step.value, dot, bar, k in numbers)  # type: ignore[call-arg]
        for k, (step, dot, bar) in enumerate(zip(steps, dots, bars, strict=True))
    ]
    return Graph(python_function(f).__name__, nodes, results, recording.decisions)


def _recorded(f, args, argnums, names, max_nodes):
    """Run f; return the `Recording` and what f returned."""
    if isinstance(f, ByTypes):
        raise Misuse(
            "fastad: draw_graph takes a function, no driver and none with a rule of its own: "
            f"got {f!r}; draw the function that it was made of"
        )
    parameters, function = parameters_of(f, takes_more=True)[0], python_function(f)
    bound = inspect.signature(function).bind(*args)
    bound.apply_defaults()
    given = list(bound.args)
    own = [parameters[min(k, len(parameters) - 1)] for k in range(len(given))]
    if names is not None and len(names) != len(given):
        raise ValueError(
            f"fastad: draw_graph: names must have one name for each of the {len(given)} arguments, "
            f"got {len(names)}"
        )
    chosen = range(len(given)) if argnums is None else np.atleast_1d(argnums)
    if any(not -len(given) <= k < len(given) for k in chosen):
        raise ValueError(f"fastad: draw_graph: argnums {argnums} of {len(given)} arguments")
    recording = Recording(max_nodes)
    for k in sorted(k % len(given) for k in chosen):
        given[k] = _as_inputs(recording, (names or own)[k], given[k])
    if not recording.n_inputs:
        raise Misuse(
            "fastad: draw_graph needs an argument that is a float or an array of floats; got "
            f"{', '.join(type(a).__name__ for a in args) or 'none'}: write 2.0 for 2"
        )
    return recording, Run().function(function)(*given)


def _as_inputs(recording, name, x):
    """Return an argument with inputs of the recording in place of its floats."""
    if isinstance(x, float | np.floating):
        return recording.input(name, x)
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        made = np.empty(x.shape, object)
        for index in np.ndindex(x.shape):
            made[index] = recording.input(f"{name}[{', '.join(map(str, index))}]", x[index])
        return as_items(made)
    if isinstance(x, tuple):
        fields = getattr(x, "_fields", None)
        where = [f".{f}" for f in fields] if fields else [f"[{k}]" for k in range(len(x))]
        parts = [_as_inputs(recording, name + w, v) for w, v in zip(where, x, strict=True)]
        return type(x)(*parts) if fields else tuple(parts)
    return x


def _items(result):
    """Yield the numbers of what a function returned."""
    if isinstance(result, tuple | list | np.ndarray):
        for item in result:
            yield from _items(item)
    elif isinstance(result, Recorded | float | int | np.number | np.bool_):
        yield result
    else:
        raise Misuse(
            "fastad: draw_graph: the function must return a float, an array or a tuple of floats; "
            f"it returned {result!r}"
        )


def _seeds(what, given, n, of):
    """Return the tangents of the inputs, or the adjoints of the results, as floats."""
    if given is None:
        return [1.0] + [0.0] * (n - 1)
    found = [float(v) for v in np.ravel(np.asarray(given, float))]
    if len(found) != n:
        raise ValueError(
            f"fastad: draw_graph: {what} must have one number for each of the {n} {of}, got "
            f"{len(found)}"
        )
    return found


def _tangents(steps, directions):
    """Return the tangent of each step, by the chain rule in the order of the steps."""
    dots = list(directions)
    for step in steps[len(dots) :]:
        moved = zip(step.products, step.partials, step.operands, strict=True)
        dots.append(sum((times(kind, p, dots[u]) for kind, p, u in moved), 0.0))
    return dots


def _adjoints(steps, results, seeds):
    """Return the adjoint of each step, by the chain rule against the order of the steps."""
    bars = [0.0] * len(steps)
    for number, seed in zip(results, seeds, strict=True):
        if number is not None:
            bars[number] += seed
    for k in range(len(steps) - 1, -1, -1):
        for u, p in zip(steps[k].operands, steps[k].partials, strict=True):
            # The tapes' zeros: see `fastad.tape.sweeps.strong_product`.
            bars[u] += 0.0 if bars[k] == 0.0 or p == 0.0 else bars[k] * p
    return bars

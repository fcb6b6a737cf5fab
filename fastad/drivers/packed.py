"""Differentiated arguments that are tuples: the gradients are such tuples, too.

The numbers and arrays in a tuple, its leaves, become the arguments of a function of their own,
``g(a, b) = f(P(a, b))``. The driver of f calls the driver of g.
"""

from typing import NamedTuple

from numba.core import types

from ..jit.fingerprint import jitted
from ..modes.results import holds_floats
from ..refusals import Misuse
from ..rules.codegen import compile_source

KINDS = ("grad", "value_and_grad", "vjp", "jvp", "jacobian", "hessian", "hvp")


class Leaf(NamedTuple):
    """A leaf: the name of g's parameter, the source that reads it from f's arguments, its type."""

    name: str
    path: str
    type: object


def moves(leaf):
    """Tell whether a leaf is a float or holds floats; an int carries no derivative."""
    return holds_floats(leaf.type)


def is_packed(plan, argument_types):
    """Tell whether an argument that is differentiated is a tuple that holds floats."""
    tuples = [argument_types[v] for v in plan.variables if v != plan.rest]
    tuples = [t for t in tuples if isinstance(t, types.BaseTuple)]
    return plan.kind in KINDS and bool(tuples) and all(map(holds_floats, tuples))


class Packed:
    """The driver of g, and the lines by which the driver of f calls it.

    Parameters
    ----------
    plan : Plan
    argument_types : dict of str to Numba type
    make : callable
        Makes a driver: ``make(kind, f, argnums, mode, chunk_size, written)``.

    Attributes
    ----------
    driver : Driver
    given : tuple of Numba types
        The types of its arguments.
    lines : list of str
        The body of f's driver.
    namespace : dict
    """

    def __init__(self, plan, argument_types, make):
        self.plan, self.types, self.classes = plan, argument_types, {}
        taken = set(plan.parameters)
        self.leaves = {p: self.leaves_of(p, taken) for p in plan.parameters}
        leaves = [x for p in plan.parameters for x in self.leaves[p]]
        self.moving = [x for v in plan.variables for x in self.leaves[v] if moves(x)]
        f = plan.call({p: self.argument(p) for p in plan.parameters})
        source = f"def {plan.name}({', '.join(x.name for x in leaves)}):\n    return {f}\n"
        g = compile_source(source, plan.name, {"f_": jitted(plan.f), **self.classes})
        argnums = tuple(leaves.index(x) for x in self.moving)
        self.driver = make(plan.kind, g, argnums, plan.mode, plan.chunk_size, plan.written)
        extra = self.extra()
        self.given = (*(x.type for x in leaves), *(t for _, t in extra))
        arguments = [x.path for x in leaves] + [path for path, _ in extra]
        self.lines = self.body(f"driver_({', '.join(arguments)})")
        self.namespace = {"driver_": self.driver, **self.classes}

    def leaves_of(self, p, taken):
        """Return the leaves of a parameter: the parameter itself if it is no such tuple."""
        t = self.types[p]
        if p not in self.plan.variables or not isinstance(t, types.BaseTuple):
            return [Leaf(p, p, t)]
        found = []
        for path, part in items_in(p, t):
            name = f"{p}_{len(found)}"
            while name in taken:
                name += "x"
            taken.add(name)
            found.append(Leaf(name, path, part))
        return found

    def argument(self, p):
        """Return the source of f's argument in g."""
        names = [x.name for x in self.leaves[p]]
        return p if names == [p] else self.packed(self.types[p], iter(names))

    def packed(self, t, items):
        """Return the source of a value of type t, made of the sources of its leaves, in order."""
        if not isinstance(t, types.BaseTuple):
            return next(items)
        parts = ", ".join(self.packed(e, items) for e in t)
        if not isinstance(t, types.BaseNamedTuple):
            return f"({parts},)" if parts else "()"
        name = f"class_{[*self.classes.values(), t.instance_class].index(t.instance_class)}_"
        self.classes[name] = t.instance_class
        return f"{name}({parts})"

    def extra(self):
        """Return (source, type) of the tangents of the leaves, or of the cotangent."""
        if self.plan.kind == "vjp":
            return [("w_bar_", self.types["w_bar_"])]
        found = []
        for v, d in zip(self.plan.variables, self.plan.extra, strict=False):
            dots = dict(items_in(d, self.types[d]))
            paths = [d + x.path.removeprefix(v) for x in self.leaves[v]]
            if paths != [*dots]:
                raise Misuse(
                    f"fastad: a tangent has the shape of its argument; got {self.types[d]} for "
                    f"{v!r}, {self.types[v]}"
                )
            moving = [path for path, x in zip(paths, self.leaves[v], strict=True) if moves(x)]
            found += [(path, dots[path]) for path in moving]
        return found

    def of_leaves(self, item):
        """Return the source of the result: each variable's tuple, made of its leaves' results."""
        numbers, found = iter(range(len(self.moving))), []
        for v in self.plan.variables:
            items = [item(next(numbers)) if moves(x) else "None" for x in self.leaves[v]]
            found.append(self.packed(self.types[v], iter(items)))
        return self.plan.tuple_of(found)

    def body(self, call):
        if self.plan.kind == "jvp":
            return [f"return {call}"]
        if self.plan.kind in ("value_and_grad", "vjp"):
            bars = self.of_leaves("bars_[{}]".format)
            return [f"value_, bars_ = {call}", f"return value_, {bars}"]
        if self.plan.kind == "hessian":
            rows = self.of_leaves(lambda i: self.of_leaves(f"bars_[{i}][{{}}]".format))
            return [f"bars_ = {call}", f"return {rows}"]
        return [f"bars_ = {call}", f"return {self.of_leaves('bars_[{}]'.format)}"]


def items_in(source, t):
    """Return (source, type) of the numbers and arrays in a tuple, in order."""
    if not isinstance(t, types.BaseTuple):
        return [(source, t)]
    return [x for k, part in enumerate(t) for x in items_in(f"{source}[{k}]", part)]

"""Whether each iteration of a loop writes the items of a scratch array before it reads them."""

import ast

from ..ir.expressions import index_parts, literal, names_in, text
from ..ir.statements import (
    Fill,
    For,
    Store,
    While,
    blocks,
    expressions,
    is_array,
    reads_of,
    walk,
    written,
)
from .contents import array_parts


def covers(loops, memory, loop):
    """Tell whether each iteration of a loop writes the items of an array before it reads them."""
    names = {n for n in loops.types if is_array(loops.types[n]) and loops.memory(n) == memory}
    others = names - {memory}
    for s in walk(loop.body):
        if others & reads_of(s) or (isinstance(s, Store | Fill) and s.add and s.array in others):
            return False
    return _Cover(loops, memory).holds(loop)


class _Cover:
    """Whether each iteration of a loop writes the items of one array before it reads them.

    A *cover* stands for items that are surely written by now: for each axis it has None (the whole
    axis), the text of an index, or ``("upto", text)`` (from 0 to below a bound). It is dropped when
    a name in its texts is bound, or an array in them is written into. A cover of a loop's body
    holds after the loop if the loop surely has an iteration, or the cover is empty without one.
    """

    def __init__(self, loops, array):
        self.loops, self.array = loops, array
        self.ndim = loops.types[array].ndim
        self.covers = []
        self.ranges = {}  # variable of an enclosing loop -> the loop
        self.good = True

    def holds(self, loop):
        self.forget(loop.body)
        self.block(loop.body, True)
        return self.good

    def block(self, body, certain):
        for s in body:
            self.reads(s)
            if isinstance(s, For):
                self.loop(s, certain)
            elif isinstance(s, While):
                self.forget([s])
                self.branches([s.setup], certain)  # it runs once; then, perhaps, body and setup
                self.branches([s.setup, s.body], False)
            elif blocks(s):
                self.branches(blocks(s), certain)
            else:
                self.forget([s])
                if isinstance(s, Store | Fill) and s.array == self.array:
                    self.write(s, certain)

    def write(self, s, certain):
        index = s.index if isinstance(s, Store) else []
        if s.add:
            self.good &= self.covered(index)
        elif certain:
            self.covers.append([text(i) for i in index] or [None] * self.ndim)

    def branches(self, bodies, certain):
        for body in bodies:
            before = list(self.covers)
            self.block(body, certain)
            self.covers = before
        self.forget([s for body in bodies for s in body])

    def loop(self, s, certain):
        self.forget([s])
        before, outer = list(self.covers), self.ranges.get(s.name)
        self.ranges[s.name] = s
        self.block(s.body, certain)
        inner = self.covers[len(before) :] if certain else []
        self.covers = before + [c for c in (self.lifted(c, s) for c in inner) if c]
        self.ranges[s.name] = outer

    def forget(self, body):
        """Drop the covers whose texts mention what some statements change."""
        changed = {n for s in walk(body) for n in written(s)}
        into = {self.loops.memory(s.array) for s in walk(body) if isinstance(s, Store | Fill)}
        into.discard(self.array)  # no text reads the array's own items
        changed |= {n for n in self.loops.types if self.loops.memory(n) in into}
        self.covers = [c for c in self.covers if not _names(c) & changed]

    def lifted(self, cover, loop):
        """Return the cover after a loop for one of its body, or None.

        The index i of a loop from 0 to below n becomes ``("upto", n)``.
        """
        if loop.exit_flag or cover.count(loop.name) > 1:  # it may be left early; a diagonal
            return None
        begins, step = literal(loop.start), literal(loop.step)
        run_through = False
        out = []
        for c in cover:
            if c == loop.name:
                if begins != 0 or step != 1:
                    return None
                run_through = True  # without an iteration the cover is empty, and holds
                out.append(("upto", self.loops.canonical(loop.stop)))
            elif loop.name in _names([c]):
                return None
            else:
                out.append(c)
        stop = literal(loop.stop)
        surely = None not in (begins, step, stop) and len(range(begins, stop, step)) > 0
        return out if run_through or surely else None

    def reads(self, s):
        for e in expressions(s):
            self.reads_in(e)

    def reads_in(self, e):
        """Check that the items of the array that an expression reads are covered."""
        if isinstance(e, ast.Name):
            if e.id == self.array:
                self.good &= any(self.is_all(c) for c in self.covers)
            return
        parts = array_parts(e)
        if isinstance(e, ast.Subscript) and isinstance(e.value, ast.Name):
            if e.value.id == self.array:
                self.good &= self.covered(index_parts(e.slice))
                parts = [e.slice]
        for part in parts:
            self.reads_in(part)

    def is_all(self, cover):
        return all(c is None or self.whole_axis(c, axis) for axis, c in enumerate(cover))

    def whole_axis(self, c, axis):
        return isinstance(c, tuple) and c[1] == self.loops.extent(ast.Name(self.array), axis)

    def covered(self, index):
        return any(self.by(c, index) for c in self.covers)

    def by(self, cover, index):
        for axis, c in enumerate(cover):
            if c is None or self.whole_axis(c, axis):
                continue
            i = index[axis] if axis < len(index) else None
            if i is None or not (c == text(i) or (isinstance(c, tuple) and self.below(i, c[1]))):
                return False
        return True

    def below(self, i, bound, depth=0):
        """Tell whether an index is surely at least 0 and below a bound."""
        loop = self.ranges.get(i.id) if isinstance(i, ast.Name) else None
        if loop is None or depth > 4:
            return False
        if literal(loop.step) != 1 or not self.at_least_zero(loop.start):
            return False
        if self.loops.canonical(loop.stop) == bound:
            return True
        return self.below(loop.stop, bound, depth + 1)

    def at_least_zero(self, e):
        if isinstance(e, ast.Constant):
            return e.value >= 0
        if isinstance(e, ast.Name) and self.ranges.get(e.id):
            return self.at_least_zero(self.ranges[e.id].start)
        if isinstance(e, ast.BinOp) and isinstance(e.op, ast.Add):
            return self.at_least_zero(e.left) and self.at_least_zero(e.right)
        return False


def _names(cover):
    """Return the names that a cover mentions."""
    texts = [c[1] if isinstance(c, tuple) else c for c in cover if c is not None]
    return {n for t in texts for n in names_in(ast.parse(t, mode="eval").body)}

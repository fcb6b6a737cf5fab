"""Whether every turn of a loop writes what it reads of a scratch array."""

import ast

from .ir import Fill, For, Store, called, expressions, is_array, reads_of, text, walk
from .names import SHAPED_LIKE

_SHAPE_ONLY = {*SHAPED_LIKE, len}


def only_shape(call):
    """Tell whether a call reads an array's shape alone."""
    return called(call) in _SHAPE_ONLY


def covers(loops, memory, loop):
    """Tell whether every turn of a loop writes what it reads of an array."""
    names = {n for n in loops.types if is_array(loops.types[n]) and loops.memory(n) == memory}
    inside = list(walk(loop.body))
    if (names - {memory}) & {n for s in inside for n in reads_of(s)}:
        return False
    return _Cover(loops, memory).holds(loop)


class _Cover:
    """Whether every turn of a loop writes what it reads of one array."""

    def __init__(self, loops, array):
        self.loops, self.array = loops, array
        self.ndim = loops.types[array].ndim
        self.covers = []  # of a dimension: None (all), or the text of an upper bound
        self.ranges = {}  # loop variable -> (start, stop)
        self.good = True

    def holds(self, loop):
        self.block(loop.body, True)
        return self.good

    def block(self, body, certain):
        for k, s in enumerate(body):
            self.reads(s)
            if isinstance(s, Fill) and s.array == self.array and certain and not s.add:
                self.covers.append([None] * self.ndim)
            elif isinstance(s, Store) and s.array == self.array:
                if s.add:
                    self.good &= self.covered(s.index)
                elif certain:
                    self.covers.append([text(i) for i in s.index] + ["exact"])
            elif isinstance(s, For):
                before = list(self.covers)
                self.ranges[s.name] = s
                self.block(s.body, certain)
                inner = self.covers[len(before) :]
                self.covers = before + [c for c in (self.lifted(c, s) for c in inner) if c]
            elif hasattr(s, "orelse"):
                for branch in (s.body, s.orelse):
                    before = list(self.covers)
                    self.block(branch, certain)
                    self.covers = before
            del k

    def lifted(self, cover, loop):
        """Return what a cover inside a loop means after it: the variable has run through."""
        simple = _is(loop.start, 0) and _is(loop.step, 1)
        out = []
        for c in cover:
            if c == loop.name:
                if not simple:
                    return None
                out.append(("upto", self.loops.canonical(loop.stop)))
            elif isinstance(c, str) and c != "exact" and loop.name in c:
                return None
            else:
                out.append(c)
        return out

    def reads(self, s):
        for e in expressions(s):
            for n in ast.walk(e):
                if isinstance(n, ast.Subscript) and isinstance(n.value, ast.Name):
                    if n.value.id == self.array:
                        index = n.slice.elts if isinstance(n.slice, ast.Tuple) else [n.slice]
                        self.good &= self.covered(index)
                elif isinstance(n, ast.Call) and not only_shape(n):
                    if any(isinstance(a, ast.Name) and a.id == self.array for a in n.args):
                        self.good &= any(self.is_all(c) for c in self.covers)

    def is_all(self, cover):
        return all(
            c is None or self.whole_axis(c, axis) for axis, c in enumerate(cover[: self.ndim])
        )

    def whole_axis(self, c, axis):
        if not isinstance(c, tuple):
            return False
        return c[1] == self.loops.extent(ast.Name(self.array), axis)

    def covered(self, index):
        return any(self.by(c, index) for c in self.covers)

    def by(self, cover, index):
        for axis, i in enumerate(index):
            c = cover[axis]
            if c is None or c == text(i) or self.whole_axis(c, axis):
                continue
            if isinstance(c, tuple) and self.below(i, c[1]):
                continue
            return False
        return True

    def below(self, i, bound, depth=0):
        """Tell whether an index is surely at least 0 and below a bound."""
        if not isinstance(i, ast.Name) or i.id not in self.ranges or depth > 4:
            return False
        loop = self.ranges[i.id]
        if not _is(loop.step, 1) or not self.at_least_zero(loop.start):
            return False
        if self.loops.canonical(loop.stop) == bound:
            return True
        return self.below(loop.stop, bound, depth + 1)

    def at_least_zero(self, e):
        if isinstance(e, ast.Constant):
            return e.value >= 0
        if isinstance(e, ast.Name) and e.id in self.ranges:
            return self.at_least_zero(self.ranges[e.id].start)
        if isinstance(e, ast.BinOp) and isinstance(e.op, ast.Add):
            return self.at_least_zero(e.left) and self.at_least_zero(e.right)
        return False


def _is(e, value):
    return isinstance(e, ast.Constant) and e.value == value

"""A loop that runs forward and backward iteration by iteration, as a function of its own.

In a function of its own the compiler knows that the arrays do not overlap, the stack is as
large as one iteration needs, and several threads can each take some of the iterations.
"""

import ast

from ..ir.statements import blocks, is_array, names_in, walk, written
from .expressions import tidy
from .hoist_allocations import hoisted

STACKS = {"stack_": "top_", "kept_": "kept_top_"}


def indented(lines, depth=0):
    """Return nested lists of lines as indented lines."""
    out = []
    for line in lines:
        if isinstance(line, list):
            out += indented(line or ["pass"], depth + 1)
        else:
            out.append("    " * depth + line)
    return out


class Names:
    """The names that lines of source read and assign."""

    def __init__(self, lines):
        tree = ast.parse("\n".join(indented(lines)))
        names = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
        self.stored = {n.id for n in names if isinstance(n.ctx, ast.Store)}
        changed = {
            n.target.id
            for n in ast.walk(tree)
            if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)
        }
        self.loaded = {n.id for n in names if isinstance(n.ctx, ast.Load)} | changed
        self.tree = tree


def overlapping(adjoint, given):
    """Tell whether two of some arrays may share memory: a view beside its owner."""
    arrays = [n for n in given if is_array(adjoint.types.get(n))]
    by_bar = {bar: n for n, bar in adjoint.bars.items()}
    shadows = [by_bar[n] for n in given if n in by_bar and is_array(adjoint.types[by_bar[n]])]
    memories = [adjoint.memory(n) for n in arrays]
    owners = [adjoint.memory(n) for n in shadows]
    return len(set(memories)) < len(memories) or len(set(owners)) < len(owners)


def outline(adjoint, s, info, iteration):
    """Return the lines that call a new function for the loop; note it in the adjoint.

    Parameters
    ----------
    s : For
    info : Independent
    iteration : list
        The lines of one iteration, forward and backward.
    """
    name, given, results, extra = iterations_function(adjoint, s, info, iteration)
    arguments = [ast.unparse(s.start), ast.unparse(s.stop), *given, *extra.values()]
    call = f"{name}({', '.join(arguments)})"
    returned = ", ".join(results) + ("," if len(results) == 1 else "")
    return [f"({returned}) = {call}" if results else call]


def iterations_function(adjoint, s, info, iteration, hint="iterations"):
    """Make a function of some of a loop's iterations, from ``first_`` to ``last_``.

    Returns
    -------
    name : str
    given, results : list of str
        The variables that it takes and gives back: what it returns are numbers.
    extra : dict of str to str
        Its last parameters, the stacks, and the source that makes them.
    """
    names = Names(iteration)
    loaded, stored = names.loaded, names.stored
    inner = {n for t in walk(s.body) for n in written(t)} | {s.name}
    inner -= info.sums | info.counters
    private = inner | {adjoint.bars[n] for n in inner if n in adjoint.bars}
    bars = set(adjoint.bars.values())
    outside = ({*adjoint.types, "base_"} | bars) - private
    given = sorted((loaded | names_in(s.step)) & outside)
    results = sorted(n for n in stored & outside if not holds_array(adjoint, n))
    start = [f"{b} = 0.0" for b in sorted(private & bars & loaded) if not holds_array(adjoint, b)]
    for n in sorted(adjoint.starts & inner):
        start.append(f"{n} = {adjoint.zero(n)}")
    adjoint.starts -= inner
    before, iteration = hoisted(adjoint, s, iteration, names)
    extra, iteration = stacks_given(adjoint, names, iteration, start, s)
    if any("base_" in line for line in start) and "base_" not in given:
        given = ["base_", *given]
    for kept in sorted(loaded & {*adjoint.lists.values()}):
        start.append(f"{kept} = []")
        if adjoint.bar_lists.get(kept) in loaded:
            start.append(f"{adjoint.bar_lists[kept]} = []")
    name = adjoint.fresh(f"{adjoint.program.name}_{hint}")
    step = ast.unparse(s.step)
    header = f"for {s.name} in range(first_, last_{'' if step == '1' else ', ' + step}):"
    parameters = ", ".join(["first_", "last_", *given, *extra])
    returned = ", ".join(results) + ("," if len(results) == 1 else "")
    last = f"return ({returned})" if results else "return 0"
    if before:
        none = "last_ <= first_" if step == "1" else f"len(range(first_, last_, {step})) == 0"
        before = [f"if {none}:", [last], *before]
    function = [f"def {name}({parameters}):", [*start, *before, header, iteration, last]]
    adjoint.functions.append((name, function, not overlapping(adjoint, given)))
    return name, given, results, extra


def stacks_given(adjoint, names, lines, start, loop=None):
    """Decide where a function's stacks come from.

    Where their size is known beforehand they are arguments, and the compiler knows that they
    do not overlap the other arrays; else they are made in the function, and grow.

    Returns
    -------
    dict of str to str
        Parameter -> the source of the argument.
    list
        The lines, without those that make room where there is enough.
    """
    given = {}
    for stack, top in STACKS.items():
        if stack not in names.loaded:
            continue
        bounded = "stack_bounds" in adjoint.passes
        sure = always_bound(adjoint.program)
        need = bound(names.tree, top, adjoint.counts, sure, loop) if bounded else None
        new = "new_stack(base_, {})" if stack == "stack_" else "np.empty({}, np.int64)"
        if need:
            given[stack] = new.format(need)
            lines = without_room(lines, stack)
        else:
            start.append(f"{stack} = {new.format('64')}")
        start.append(f"{top} = 0")
    return given, lines


def holds_array(adjoint, name):
    """Tell whether a variable, or what an adjoint is of, is an array."""
    for n, bar in adjoint.bars.items():
        if bar == name:
            return is_array(adjoint.types[n])
    return is_array(adjoint.types.get(name))


def without_room(lines, stack):
    """Return the lines without those that make room on a stack."""
    out = []
    for line in lines:
        if isinstance(line, list):
            out.append(without_room(line, stack))
        elif not line.startswith(f"{stack} = room("):
            out.append(line)
    return out


def always_bound(program):
    """Return the variables that have a value whichever branches are taken."""
    simple = [s for s in program.body if not list(blocks(s))]
    return {*program.parameters, *(n for s in simple for n in written(s))}


def bound(tree, top, counts, sure, loop=None):
    """Return an upper bound of what a tree puts on a stack, as source, or None.

    ``counts`` are the variables that hold the numbers of iterations of its loops, ``sure`` those
    that surely have a value.  Where the tree is one iteration of a loop, the bound holds for each.
    """
    finder, around = _Bound(top, counts, sure, tree), {}
    if loop is not None and ast.unparse(loop.step) == "1":
        around[loop.name] = ast.unparse(loop.start), f"({ast.unparse(loop.stop)}) - 1"
    elif loop is not None:
        finder.stored.add(loop.name)
    finder.block(tree.body, around, [])
    if finder.failed:
        return None
    return tidy(" + ".join(finder.terms) or "1")


class _Bound:
    """Adds up the growth of a stack's top, each in the loops around it."""

    def __init__(self, top, counts, sure, tree):
        self.top, self.counts, self.sure = top, counts, sure
        self.terms, self.failed = [], False
        self.stored = {
            n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }

    def block(self, body, ranges, factors):
        for s in body:
            if isinstance(s, ast.AugAssign) and isinstance(s.target, ast.Name):
                if s.target.id == self.top and isinstance(s.op, ast.Add):
                    amount = self.upper(s.value, ranges)
                    self.terms.append(" * ".join([f"({f})" for f in [*factors, amount]]))
            elif isinstance(s, ast.Assign) and self.given_away(s):
                self.failed = True
            elif isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name):
                name = s.targets[0].id
                if name in self.counts:
                    ranges = {**ranges, name: ("0", self.upper(s.value, ranges))}
            elif isinstance(s, ast.For) and self.grows(s):
                arguments = s.iter.args if isinstance(s.iter, ast.Call) else None
                if arguments is None or len(arguments) > 2:
                    self.failed = True  # a loop in the opposite order that keeps values
                    continue
                low = "0" if len(arguments) == 1 else self.lower(arguments[0], ranges)
                high = self.upper(arguments[-1], ranges)
                inside = {**ranges, s.target.id: (low, f"({high}) - 1")}
                self.block(s.body, inside, [*factors, f"max(({high}) - ({low}), 0)"])
            elif isinstance(s, ast.While):
                self.failed |= self.grows(s)
            elif isinstance(s, ast.If):
                self.block(s.body, ranges, factors)
                self.block(s.orelse, ranges, factors)

    def grows(self, s):
        return any(
            (isinstance(n, ast.AugAssign) and isinstance(n.op, ast.Add) and self.is_top(n.target))
            or (isinstance(n, ast.Assign) and self.given_away(n))
            for n in ast.walk(s)
        )

    def is_top(self, target):
        return isinstance(target, ast.Name) and target.id == self.top

    def given_away(self, s):
        """Tell whether a call of a function puts on the stack what it needs."""
        return isinstance(s.targets[0], ast.Tuple) and any(map(self.is_top, s.targets[0].elts))

    def upper(self, e, ranges):
        return self.interval(e, ranges)[1]

    def lower(self, e, ranges):
        return self.interval(e, ranges)[0]

    def interval(self, e, ranges):
        """Return (lower, upper) bounds of an integer expression, as source."""
        if isinstance(e, ast.Constant):
            return (str(e.value),) * 2
        if isinstance(e, ast.Name):
            if e.id in ranges:
                return ranges[e.id]
            self.failed |= e.id in self.stored or e.id not in self.sure
            return e.id, e.id
        if isinstance(e, ast.BinOp):
            (a, b), (c, d) = self.interval(e.left, ranges), self.interval(e.right, ranges)
            if isinstance(e.op, ast.Add):
                return f"({a}) + ({c})", f"({b}) + ({d})"
            if isinstance(e.op, ast.Sub):
                return f"({a}) - ({d})", f"({b}) - ({c})"
            if isinstance(e.op, ast.Mult):
                return _extremes_of_products((a, b), (c, d))
        if isinstance(e, ast.Call) and isinstance(e.func, ast.Name) and e.func.id == "max":
            pairs = [self.interval(a, ranges) for a in e.args]
            return tuple(f"max({', '.join(ends)})" for ends in zip(*pairs, strict=True))
        if isinstance(e, ast.UnaryOp) and isinstance(e.op, ast.USub):
            low, high = self.interval(e.operand, ranges)
            return f"-({high})", f"-({low})"
        changing = {*self.stored, *ranges}
        names = {n.id for n in ast.walk(e) if isinstance(n, ast.Name)}
        if not names & changing and names <= self.sure | _CALLED and _never_raises(e):
            return (ast.unparse(e),) * 2
        self.failed = True
        return "0", "0"


_CALLED = {"len", "max", "min"}


def _never_raises(e):
    """Tell whether an integer expression has a value even where its loop is not come to.

    The size of a stack is asked for before the branches around the loop.
    """
    for n in ast.walk(e):
        if isinstance(n, ast.Div | ast.FloorDiv | ast.Mod | ast.Pow):
            return False
        if isinstance(n, ast.BinOp) and isinstance(n.op, ast.LShift | ast.RShift):
            if not isinstance(n.right, ast.Constant):
                return False
        if isinstance(n, ast.Subscript) and getattr(n.value, "attr", "") != "shape":
            return False
        if isinstance(n, ast.Call) and getattr(n.func, "id", "") not in _CALLED:
            return False
    return True


def _extremes_of_products(one, other):
    """Return (lower, upper) bounds of a product, given those of its factors."""
    products = dict.fromkeys(f"({x}) * ({y})" for x in one for y in other)
    if len(products) == 1:
        return (*products,) * 2
    for x, y in ((one, other), (other, one)):
        if x[0] == x[1] and x[0].isdigit():  # not negative
            return f"{x[0]} * ({y[0]})", f"{x[0]} * ({y[1]})"
    listed = ", ".join(products)
    return f"min({listed})", f"max({listed})"

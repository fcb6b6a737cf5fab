"""Lowering of loops: over ranges, arrays, enumerate and zip, and while."""

import ast

import numba
import numpy as np
from numba.core import types

from ...checkpointing import checkpoint
from ..ir.expressions import INT, clone, constant, load, names_in, subscript, typed
from ..ir.statements import Array, Assign, For, Unsupported, While, carries, is_array, walk, written
from .scope import Part


class LoopStatements(Part):
    """The part of the lowering that deals with loops."""

    def loop_body(self, s, before):
        """Lower a loop's body after the ``before`` calls; return it and its exit flag, or ""."""
        broke, skipped = self.scope.flag("broke"), self.scope.flag("skipped")
        self.scope.loops.append((broke, skipped))
        outer, self.scope.out = self.scope.out, []
        self.scope.set_flag(skipped, False)
        for emit in before:
            emit()
        self.parts.blocks.statements(s.body)
        body, self.scope.out = self.scope.out, outer
        self.scope.loops.pop()
        leaves = any(isinstance(n, Assign) and n.name == broke for n in walk(body)) or (
            self.scope.returned_flag and any(isinstance(n, ast.Return) for n in ast.walk(s))
        )
        if leaves:
            self.scope.set_flag(broke, False)
        return body, broke if leaves else ""

    def for_loop(self, s):
        call = s.iter
        name = self.called(call)
        targets = s.target
        t = self.scope.type_of(call)
        if isinstance(t, types.BaseTuple) and any(map(is_array, t)):
            return self.unrolled(s)
        if name in _OVER_PLACES or self.parts.arrays.is_strided_flat(call):
            return self.over_places(s, name)
        before = []
        start, step, parallel = constant(0, INT), constant(1, INT), False
        snapshots = None
        if name in (range, numba.prange):
            bounds = self.bounds(call, s)
            if len(bounds) == 1:
                stop = bounds[0]
            else:
                start, stop = bounds[0], bounds[1]
            if len(bounds) == 3:
                step = bounds[2]
            parallel = name is numba.prange and self.scope.in_threads
            parallel = parallel and len(bounds) < 3  # with a step Numba runs a range
        elif name is checkpoint:
            stop, snapshots = self.checkpoints(call)
        if name in (range, numba.prange, checkpoint):
            if not isinstance(targets, ast.Name):
                raise Unsupported("a loop over a range has one variable", s)
            index = self.scope.rename[targets.id]
            is_float = isinstance(self.scope.tree.variables[targets.id], types.Float)
            if self.changes(s.body, targets.id) or is_float:  # a float elsewhere in the function
                inner, index = index, self.scope.unit.fresh(f"{index}_")
                before.append(lambda: self.scope.emit(Assign(inner, load(index, INT))))
                self.parts.targets.set_type(inner, INT)
        else:
            index = self.scope.unit.fresh("i_")
            stop, before = self.iterate(call, name, targets, index)
        self.scope.unit.types[index] = INT
        outer, threads = self.scope.in_prange, parallel and self.scope.compiled_for_threads
        self.scope.unit.unsigned.discard(index)  # another loop's variable of that name
        if threads and not outer and len(bounds) == 1:
            self.scope.unit.unsigned.add(index)
        self.scope.in_prange = outer or threads
        body, exit_flag = self.loop_body(s, before)
        self.scope.in_prange = outer
        self.scope.at(s)
        bounds = start, stop, step
        start, stop, step = (self.unchanged(e, body, index) for e in bounds)
        if snapshots is not None:
            snapshots = self.unchanged(snapshots, body, index)
        self.scope.emit(For(index, start, stop, step, body, exit_flag, parallel, snapshots))

    def bounds(self, call, node):
        """Return what a range is given, as signed integers.

        Floats Numba truncates; to go back from 0.5 - 1 would go over 0 once. The variable of a
        range of unsigned integers is unsigned in Numba: it is refused, as here it is an int64.
        """
        given = self.parts.expressions.in_order(call.args)
        if not any(getattr(types.unliteral(b.type), "signed", True) for b in given):
            raise Unsupported("a range of unsigned integers; take int(...) of them", node)
        return [self.whole(b) for b in given]

    def whole(self, value):
        """Return a number as an integer."""
        is_float = isinstance(types.unliteral(value.type), types.Float)
        return self.parts.lists.called(int, [value]) if is_float else value

    def over_places(self, s, function):
        """A loop over the indices of an array, in C order: a nest of a loop for each dimension."""
        if function is np.ndindex:
            array, lengths, target = None, self.lengths(s.iter), s.target
        else:
            of = s.iter.value if function is None else s.iter.args[0]
            array, target = self.looped_over(of), s.target
            lengths = self.parts.targets.items_of(
                typed(ast.Attribute(clone(array), "shape", ast.Load()), None),
                [INT] * array.type.ndim,
            )
        index = [load(self.scope.variable("i_", INT), INT) for _ in lengths]
        body, exit_flag = self.loop_body(s, [lambda: self.bind_place(target, index, array, s)])
        self.scope.at(s)
        names = {i.id for i in index}
        lengths = [self.unchanged(n, body, names) for n in lengths]
        first, one = constant(0, INT), constant(1, INT)
        for i, length in zip(reversed(index), reversed(lengths), strict=True):
            body = [self.scope.located(For(i.id, first, length, one, body, exit_flag))]
        self.scope.emit(body[0])

    def lengths(self, call):
        """Return the lengths that ``np.ndindex`` is given: integers, or a tuple of them."""
        given = self.parts.expressions.in_order(call.args)
        tuples = [g for g in given if isinstance(g.type, types.BaseTuple)]
        found = self.parts.targets.items_of(given[0], given[0].type) if tuples else given
        if not found or (tuples and len(given) > 1):
            raise Unsupported("np.ndindex of a tuple, or of integers", call)
        return found

    def bind_place(self, target, index, array, s):
        """Set the variables of a loop over places to the present index, and to the item there."""
        place, item = target, None
        if array is not None:
            place, item = None, target
            if self.called(s.iter) is np.ndenumerate:
                if not isinstance(target, ast.Tuple):
                    raise Unsupported("np.ndenumerate into one variable; unpack it", s)
                place, item = target.elts
        if isinstance(place, ast.Tuple):
            for e, i in zip(place.elts, index, strict=True):
                self.parts.targets.assign_lowered(e, clone(i))
        elif place is not None:
            self.parts.targets.assign_tuple(place.id, index)
        if item is not None:
            value = typed(subscript(clone(array), index), array.type.dtype)
            self.parts.targets.assign_lowered(item, value)

    def places(self):
        """Return the variables that a loop over places binds to a whole index, a tuple."""
        found = set()
        for n in ast.walk(self.scope.tree):
            if isinstance(n, ast.For) and self.called(n.iter) in _OVER_PLACES:
                several = self.called(n.iter) is np.ndenumerate and isinstance(n.target, ast.Tuple)
                place = n.target.elts[0] if several else n.target
                found |= {place.id} if isinstance(place, ast.Name) else set()
        return found

    def unrolled(self, s):
        """A loop over a tuple that holds arrays: lower its body once for each item."""
        if any(isinstance(n, ast.Break | ast.Continue | ast.Return) for n in ast.walk(s)):
            raise Unsupported("a loop over a tuple of arrays that is left early", s)
        parts = self.parts.targets.tuple_parts("part", s.iter)
        if isinstance(s.iter, ast.Name) and self.changes([s], s.iter.id):
            parts = [load(self.scope.variable("part", p.type), p.type) for p in parts]
            for own, p in zip(parts, self.parts.targets.tuple_parts("part", s.iter), strict=True):
                self.parts.statements.give(own.id, clone(p))
        for part in parts:
            self.scope.at(s)
            self.parts.targets.assign_lowered(s.target, clone(part))
            self.parts.blocks.statements(s.body)

    def checkpoints(self, call):
        """Return the number of iterations and of snapshots of ``checkpoint(steps, snapshots)``."""
        given = [*call.args, *(k.value for k in call.keywords if k.arg == "snapshots")]
        steps = [k.value for k in call.keywords if k.arg == "steps"]
        values = [self.parts.expressions.value(a) for a in [*steps, *given]]
        return self.whole(values[0]), values[1] if len(values) > 1 else constant(None, types.none)

    def unchanged(self, bound, body, index):
        """Return a loop's bound; where the loop may change it, a new variable with its value."""
        own = index if isinstance(index, set) else {index}
        changed = {n for t in walk(body) for n in written(t)} | own
        if not self.scope.unit.reads(bound) and not names_in(bound) & changed:
            return bound
        name = self.scope.variable("bound", INT)
        self.scope.emit(Assign(name, bound))
        return load(name, INT)

    def called(self, call):
        """Return the global function that an expression calls, or None."""
        if isinstance(call, ast.Call) and self.scope.is_global(call.func):
            return self.scope.resolve(call.func)
        return None

    @staticmethod
    def changes(body, name):
        """Tell whether statements assign a name."""
        return any(
            isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store)
            for s in body
            for n in ast.walk(s)
        )

    def iterate(self, call, function, target, index):
        """Return the number of iterations of ``for target in call``, and what binds the target.

        The latter are callables that emit statements at the start of the body.
        """
        if function in (enumerate, zip) and isinstance(target, ast.Name):
            return self.iterate_whole(call, function, target, index)
        if function is enumerate:
            counter, item = target.elts
            over, *start = call.args
            stop, before = self.iterate(over, self.called(over), item, index)
            first = [self.parts.targets.held(self.parts.expressions.value(v)) for v in start]
            before.insert(0, lambda: self.counted(counter, index, *first))
            return stop, before
        if function is zip:
            stops, before = [], []
            for a, item in zip(call.args, target.elts, strict=True):
                stop, more = self.iterate(a, self.called(a), item, index)
                stops.append(stop)
                before += more
            shortest = stops[0]
            for other in stops[1:]:
                shortest = self.parts.lists.called(min, [shortest, other])
            return shortest, before
        if function is range:
            bounds = self.bounds(call, call)
            if len(bounds) == 1:
                return bounds[0], [lambda: self.counted(target, index)]
            bounds = [self.parts.targets.held(v) for v in bounds]
            number = self.parts.lists.called(range, clone(bounds))
            start, _, *step = bounds
            return self.parts.lists.called(len, [number]), [
                lambda: self.counted(target, index, start, *step)
            ]
        if isinstance(call, ast.List | ast.Tuple) and _is_of_rows(call):
            return self.iterate_rows(call, target, index)
        call = self.parts.arrays.flattened(call)
        t = getattr(call, "type", None)
        if t is None and self.scope.is_global(call):
            t = self.scope.unit.typeof(self.scope.resolve(call))
        if isinstance(t, types.UniTuple) and not isinstance(call, ast.List):
            return self.iterate_tuple(call, t, target, index)
        if not is_array(t):
            raise Unsupported("a loop over this is not differentiated; loop over a range", call)
        array = self.looped_over(call)
        stop = typed(
            ast.Subscript(
                typed(ast.Attribute(clone(array), "shape", ast.Load()), None),
                constant(0, INT),
                ast.Load(),
            ),
            INT,
        )
        return stop, [lambda: self.bind_item(array, t, target, index)]

    def counted(self, target, index, start=None, step=None):
        """Emit ``target = start + step * index``."""
        value = load(index, INT)
        for operand, op, rule in ((step, ast.Mult(), "mul"), (start, ast.Add(), "add")):
            if operand is not None:
                value = typed(ast.BinOp(clone(operand), op, value), INT, rule)
        self.parts.targets.assign_lowered(target, value)

    def iterate_whole(self, call, function, target, index):
        """`iterate` over ``zip`` or ``enumerate`` by one variable, a tuple."""
        parts = [
            self.scope.unit.fresh(f"{target.id}_{k}")
            for k in range(len(call.args) if function is zip else 2)
        ]
        self.scope.rename |= {n: n for n in parts}
        unpacked = ast.Tuple([ast.Name(n, ast.Store()) for n in parts], ast.Store())
        stop, before = self.iterate(call, function, unpacked, index)
        types_of = self.scope.unit.types

        def bind():
            own = [load(n, types_of[n]) for n in parts]
            self.parts.targets.assign_tuple(target.id, own)

        return stop, [*before, bind]

    def iterate_rows(self, call, target, index):
        """`iterate` over ``[(1, 2.0), (3, 4.0)]``: an array for each place in the tuples."""
        row = call.type.dtype
        if not all(isinstance(t, types.Number | types.Boolean) for t in row):
            raise Unsupported("a loop over tuples that hold more than numbers", call)
        if isinstance(target, ast.Name):
            raise Unsupported(f"a loop over tuples of numbers; unpack {target.id}", call)
        rows = [[self.parts.expressions.simple(e) for e in r.elts] for r in call.elts]
        before = []
        for column, t, item in zip(zip(*rows, strict=True), row, target.elts, strict=True):
            t = types.Array(types.unliteral(t), 1, "C")
            values = [([k], v) for k, v in enumerate(column)]
            array = load(self.parts.arrays.of_values(values, t, None), t)
            before.append(lambda a=array, e=item: self.bind_item(a, a.type, e, index))
        return constant(len(rows), INT), before

    def looped_over(self, call):
        """Return the array that a loop goes over: a new name where the user's is bound again."""
        t = self.scope.type_of(call)
        array = load(self.parts.arrays.array_name(call), t)
        if any(self.changes([self.scope.node], n) for n in names_in(call)):
            self.scope.emit(Array(self.scope.variable(f"{array.id}_", t), array, "view", array.id))
            array = load(self.scope.out[-1].name, t)
        return array

    def bind_item(self, array, t, target, index):
        """Bind a loop's variables to an item, or a row, of an array."""
        item = t.dtype if t.ndim == 1 else types.Array(t.dtype, t.ndim - 1, t.layout)
        value = typed(subscript(clone(array), [load(index, INT)]), item)
        if not is_array(item):
            self.parts.targets.assign_lowered(target, value)
            return
        value.operation = "view"
        if isinstance(target, ast.Name):
            name = self.scope.rename[target.id]
            self.parts.targets.set_type(name, item)
            self.scope.emit(Array(name, value, "view", array.id))
            return
        row = self.parts.arrays.bind(None, value, "view", array.id, item)
        for k, e in enumerate(target.elts):
            part = subscript(load(row, item), [constant(k, INT)])
            self.parts.targets.assign_lowered(e, typed(part, item.dtype))

    def iterate_tuple(self, call, t, target, index):
        """`iterate` over a tuple whose items are of one type; floats are put into an array."""
        item = t.dtype
        parts = list(item) if isinstance(item, types.BaseTuple) else [item]
        floats = all(isinstance(part, types.Float) for part in parts)
        if carries(t) and not floats and not self.scope.is_global(call) and names_in(call):
            what = "arrays" if is_array(item) else "tuples that do not hold floats alone"
            raise Unsupported(f"a loop over a tuple of {what}; write its body once for each", call)
        if carries(t) and floats and not self.scope.is_global(call):
            ndim = 2 if isinstance(t.dtype, types.BaseTuple) else 1
            made = ast.copy_location(ast.Call(None, [call], []), call)
            typed(made, types.Array(types.float64, ndim, "C"))
            array = load(self.parts.arrays.listed(made, None), made.type)
            return constant(len(t), INT), [lambda: self.bind_item(array, made.type, target, index)]
        items = self.parts.expressions.value(call)
        if names_in(items) and not self.scope.is_global(call):  # the loop may bind them again
            items = self.parts.targets.held_tuple(items, t)

        def bind():
            item = typed(subscript(clone(items), [load(index, INT)]), t.dtype)
            if isinstance(target, ast.Name):
                self.parts.targets.assign_lowered(target, item)
                return
            for k, e in enumerate(target.elts):
                part = ast.Subscript(clone(item), constant(k, INT), ast.Load())
                self.parts.targets.assign_lowered(e, typed(part, list(t.dtype)[k]))

        return constant(len(t), INT), [bind]

    def while_loop(self, s):
        outer, self.scope.out = self.scope.out, []
        test = self.parts.expressions.value(s.test)
        setup, self.scope.out = self.scope.out, outer
        body, exit_flag = self.loop_body(s, [])
        self.scope.at(s)
        self.scope.emit(While(setup, test, body, exit_flag))


def _is_of_rows(node):
    """Tell whether a list or tuple literal consists of tuple literals of one length."""
    lengths = {len(e.elts) if isinstance(e, ast.Tuple) else 0 for e in node.elts}
    if len(lengths) != 1 or lengths == {0}:
        return False
    listed = isinstance(node, ast.List) and isinstance(node.type.dtype, types.BaseTuple)
    mixed = isinstance(node.type, types.UniTuple) and carries(node.type)
    return listed or (mixed and isinstance(node.type.dtype, types.Tuple))


_OVER_PLACES = (np.ndindex, np.ndenumerate)

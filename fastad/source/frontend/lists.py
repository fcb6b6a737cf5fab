"""Lowering of lists of numbers: each becomes an array; one that grows has a count of items, too.

The array of a list that is appended to has room for more items; when it is full, one of twice the
length takes its place. Beside appending, only those operations are taken that an array does as a
list does. All others are refused before anything is lowered.
"""

import ast

import numpy as np
from numba.core import types

from ..ir.expressions import INT, clone, constant, literal, load, subscript, text, typed
from ..ir.statements import Array, Assign, Fill, If, Raise, Store, Unsupported, is_array
from ..syntax.comprehensions import Comprehension, written_as
from .scope import Part

_NEW = ast.List | Comprehension | ast.BinOp  # expressions of new lists


def is_list(node):
    """Tell whether an expression of the user's is a list that is an array here."""
    return getattr(node, "is_list", False)


class Lists(Part):
    """The part of the lowering that deals with lists of numbers.

    Attributes
    ----------
    variables : dict of (str, numba type) to (str, str)
        The user's list -> the variables of its array and of its count; "" for the count where the
        list has as many items as the array.
    growing : set of str
        The user's lists that are appended to.
    full : set of str
        Arrays that are made with room for all that will be appended.
    """

    def __init__(self, parts):
        super().__init__(parts)
        self.variables, self.growing, self.full = {}, set(), set()
        self.given = {a.arg for a in self.scope.tree.args.args}
        for s in ast.walk(self.scope.tree):
            if isinstance(s, Comprehension):
                self.growing.add(s.list.id)
            elif _appended(s) is not None:
                self.growing.add(_appended(s).id)
        self.check()

    # What may be done to lists -----------------------------------------------------------

    def check(self):
        """Turn the types of lists into types of arrays; refuse uses that differ for arrays."""
        found, literals = [], self.of_arrays()
        for parent in ast.walk(self.scope.tree):
            if isinstance(parent, ast.AugAssign) and isinstance(
                getattr(parent, "type", None), types.List
            ):
                raise Unsupported(f"{written_as(parent)} of a list; append to it", parent)
            for child in ast.iter_child_nodes(parent):
                if _is_numbers(child) and not isinstance(getattr(child, "ctx", None), ast.Store):
                    if id(child) in literals:
                        continue
                    if not self.allowed(parent, child):
                        raise Unsupported(
                            f"{written_as(parent)}: of the list {written_as(child)}; make it an "
                            "array before, np.array(...)",
                            child,
                        )
                    found.append(child)
        for node in found:
            node.type, node.is_list = types.Array(node.type.dtype, 1, "C"), True

    def of_arrays(self):
        """Return the ids of list literals that stand in a call that makes an array of them."""
        found = set()
        for n in ast.walk(self.scope.tree):
            if isinstance(n, ast.Call) and self.makes_array(n) and isinstance(n.args[0], ast.List):
                found |= {id(part) for part in ast.walk(n.args[0]) if isinstance(part, ast.List)}
        return found

    def makes_array(self, call):
        """Tell whether a call makes an array of a list: ``np.array([a, b])`` and its like."""
        makers = (np.array, np.asarray)
        return self.scope.is_global(call.func) and self.scope.resolve(call.func) in makers

    def allowed(self, parent, child):
        """Tell whether an array does the same as a list here."""
        if isinstance(child, ast.Name) and child.id in self.given:
            raise Unsupported(f"the list {child.id} among the arguments; pass an array", child)
        growing = isinstance(child, ast.Name) and child.id in self.growing
        if isinstance(parent, ast.Assign):
            names = [t.id for t in parent.targets if isinstance(t, ast.Name)]
            alone = len(names) == len(parent.targets) and not (len(names) > 1 or growing)
            return alone and (isinstance(child, _NEW) or not self.growing & {*names})
        if isinstance(parent, ast.For):
            return not (growing and _appends(parent.body, child.id))
        if isinstance(parent, ast.Call):
            return parent.func is not child and self.takes_lists(parent)
        if isinstance(parent, ast.Attribute):
            return isinstance(child, ast.Name) and parent.attr == "append"
        if isinstance(parent, ast.Subscript):
            return parent.value is child and isinstance(
                self.scope.type_of(parent.slice), types.Integer
            )
        if isinstance(parent, ast.Compare):
            one = len(parent.ops) == 1 and isinstance(parent.ops[0], ast.In | ast.NotIn)
            return one and isinstance(child, ast.List)
        return isinstance(parent, ast.BinOp) and _repeated(parent)

    def takes_lists(self, call):
        """Tell whether a call takes a list as it takes an array."""
        if not self.scope.is_global(call.func):
            return False
        function = self.scope.resolve(call.func)
        module = (getattr(function, "__module__", None) or "").split(".")[0]
        return module == "numpy" or function in (*_OWN, len, enumerate, zip)

    # Lists as a whole --------------------------------------------------------------------

    def bind(self, name, value):
        """``name = value``, the value a new list, or a variable of a list that does not grow."""
        key = name, value.type  # a list of integers and one of floats never meet
        if key not in self.variables:
            array = self.scope.variable(name, value.type)
            count = self.scope.variable(f"{name}_size", INT) if name in self.growing else ""
            self.variables[key] = array, count
        array, count = self.variables[key]
        self.parts.arrays.array(value, array)
        if count:
            self.scope.emit(Assign(count, _length(load(array, value.type))))

    def array(self, node, target):
        """Emit what computes a list; return the name of an array of its items."""
        if isinstance(node, Comprehension):
            return self.comprehension(node, target)
        if isinstance(node, ast.List):
            items = [([k], e) for k, e in enumerate(node.elts)]
            return self.parts.arrays.of_items(items, node.type, target)
        if isinstance(node, ast.BinOp):
            return self.repeated(node, target)
        array, count = self.variable(node)
        if count:
            part = subscript(load(array, node.type), [ast.Slice(None, load(count, INT), None)])
            part.operation = "view"
            return self.parts.arrays.bind(target, typed(part, node.type), "view", array, node.type)
        if target is None:
            return array
        return self.parts.arrays.bind(target, load(array, node.type), "view", array, node.type)

    def of_tuple(self, node):
        """Return the list of the items of a tuple of numbers; any other expression as it is."""
        t = self.scope.type_of(node)
        if not isinstance(node, ast.Tuple) or not isinstance(t, types.UniTuple):
            return node
        if not isinstance(t.dtype, types.Number):
            return node
        made = ast.copy_location(ast.List(node.elts, ast.Load()), node)
        made.is_list = True
        return typed(made, types.Array(t.dtype, 1, "C"))

    def copied(self, node, target):
        """A new array of a list's items."""
        if isinstance(node, _NEW):
            return self.array(node, target)
        return self.parts.arrays.by_method("copy", [], node, node, target)

    def variable(self, node):
        """Return the variables of the array and of the count of a list."""
        if not isinstance(node, ast.Name):
            raise Unsupported(f"the list {text(node)}; an array is sorted by np.sort", node)
        found = self.variables.get((node.id, node.type))
        if found is None:
            raise Unsupported(f"the list {node.id} has no value yet", node)
        return found

    def length(self, node):
        """Return the number of a list's items, as an expression."""
        if not isinstance(node, ast.Name):
            return _length(load(self.array(node, None), node.type))
        array, count = self.variable(node)
        return load(count, INT) if count else _length(load(array, node.type))

    def repeated(self, node, target):
        """``[a, b] * n``."""
        first, second = node.left, node.right
        lowered = self.parts.expressions
        if is_list(second):
            times = lowered.simple(first)
            items = [lowered.simple(e) for e in second.elts]
        else:
            items = [lowered.simple(e) for e in first.elts]
            times = lowered.simple(second)
        if len(items) != 1:
            raise Unsupported("a list of several items times a number; use a loop", node)
        name = self.parts.arrays.empty(
            node.type, self.called(max, [times, constant(0, INT)]), target
        )
        self.scope.emit(Fill(name, items[0]))
        return name

    def called(self, function, arguments):
        """Return the lowered call of a builtin function on integers."""
        path = load(self.scope.unit.import_global(function.__name__, function))
        call = typed(ast.Call(path, arguments, []), INT)
        call.function = function
        return call

    # Items -------------------------------------------------------------------------------

    def place(self, node, index):
        """Return a list's array and the index of an item; emit the test that the item exists."""
        if isinstance(node, ast.Name):
            array, count = self.variable(node)
        else:
            array, count = self.array(node, None), ""
        n, k = self.length(node) if count else _length(load(array, node.type)), literal(index)
        if not isinstance(index, ast.Name | ast.Constant) and k is None:
            name = self.scope.variable("place", INT)
            self.scope.emit(Assign(name, index))
            index = load(name, INT)
        if k is None and not getattr(index.type, "signed", False):
            raise Unsupported("a list is indexed by an unsigned integer; use int(...)", node)
        self.within(index, k, n)
        if count and k is not None and k < 0:
            index = typed(ast.BinOp(n, ast.Sub(), constant(-k, INT)), INT, "sub")
        elif count and k is None:
            from_end = typed(ast.BinOp(clone(index), ast.Add(), clone(n)), INT, "add")
            negative = ast.Compare(clone(index), [ast.Lt()], [constant(0, INT)])
            index = typed(ast.IfExp(typed(negative, types.boolean), from_end, clone(index)), INT)
        return load(array, node.type), clone(index)

    def within(self, index, k, n):
        """Emit the test of an index k, and the IndexError that Python raises."""
        if k is None:
            below = typed(ast.UnaryOp(ast.USub(), clone(n)), INT, "neg")
            inside = ast.Compare(below, [ast.LtE(), ast.Lt()], [clone(index), clone(n)])
        else:
            needed = constant(k + 1 if k >= 0 else -k, INT)
            inside = ast.Compare(clone(n), [ast.GtE()], [needed])
        outside = typed(ast.UnaryOp(ast.Not(), typed(inside, types.boolean)), types.boolean)
        wrong = load(self.scope.unit.import_global("IndexError", IndexError))
        raised = self.scope.located(Raise(typed(ast.Call(wrong, [], []), None)))
        self.scope.emit(If(outside, [raised], []))

    def item(self, node):
        """``y[i]`` of a list."""
        index = self.parts.expressions.value(node.slice)
        array, index = self.place(node.value, index)
        return typed(subscript(array, [index]), node.type)

    def contains(self, node):
        """``a in [b, c]``, as comparisons."""
        items = node.comparators[0]
        a, *others = self.parts.expressions.in_order([node.left, *items.elts])
        equal = [typed(ast.Compare(clone(a), [ast.Eq()], [b]), types.boolean) for b in others]
        found = equal[0] if len(equal) == 1 else typed(ast.BoolOp(ast.Or(), equal), types.boolean)
        if isinstance(node.ops[0], ast.In):
            return found
        return typed(ast.UnaryOp(ast.Not(), found), types.boolean)

    # Appending ---------------------------------------------------------------------------

    def append(self, call):
        """``y.append(value)``."""
        owner = call.func.value
        array, count = self.variable(owner)
        t = self.scope.unit.types[array]
        if len(call.args) != 1 or call.keywords:
            raise Unsupported("append of one number", call)
        value = self.parts.expressions.simple(call.args[0])
        if array not in self.full:
            self.make_room(array, count, t)
        self.scope.emit(Store(array, [load(count, INT)], value))
        more = ast.BinOp(load(count, INT), ast.Add(), constant(1, INT))
        self.scope.emit(Assign(count, typed(more, INT, "add")))

    def make_room(self, array, count, t):
        """Emit the test whether an array is full, and what replaces it by one twice as long."""
        outer, self.scope.out = self.scope.out, []
        twice = typed(ast.BinOp(constant(2, INT), ast.Mult(), load(count, INT)), INT, "mul")
        size = typed(ast.BinOp(twice, ast.Add(), constant(4, INT)), INT, "add")
        longer = self.parts.arrays.empty(t, size, self.scope.variable("longer", t))
        part = subscript(load(longer, t), [ast.Slice(None, load(count, INT), None)])
        part.operation = "view"
        begin = self.parts.arrays.bind(None, typed(part, t), "view", longer, t)
        self.scope.emit(Fill(begin, load(array, t)))
        self.scope.emit(Array(array, load(longer, t), "view", longer))
        inner, self.scope.out = self.scope.out, outer
        is_full = ast.Compare(load(count, INT), [ast.Eq()], [_length(load(array, t))])
        self.scope.emit(If(typed(is_full, types.boolean), inner, []))

    def comprehension(self, node, target):
        """Emit the loop of a comprehension; for a single loop the array is made long enough."""
        name, t, loop = node.list.id, node.type, node.loop
        array = self.scope.variable(name, t)
        count = self.scope.variable(f"{name}_size", INT)
        self.variables[name, t] = array, count
        if _loops(loop) > 1 or isinstance(self.scope.type_of(loop.iter), types.BaseTuple):
            self.parts.arrays.empty(t, constant(4, INT), array)
            self.scope.emit(Assign(count, constant(0, INT)))
            self.parts.statements.statement(loop)
        else:
            self.full.add(array)
            outer, self.scope.out = self.scope.out, []
            self.parts.statements.statement(loop)
            inner, self.scope.out = self.scope.out, outer
            count = self.filled(array, count, t, inner)
        load_all = ast.Name(name, ast.Load())
        load_all.type = t
        self.variables[name, t] = array, count
        return self.array(load_all, target)

    def filled(self, array, count, t, body):
        """Emit an array and the loop that fills it; return the variable of the count, or ""."""
        *before, loop = body
        self.scope.out += before
        plain = literal(loop.start) == 0 and literal(loop.step) == 1
        if plain:
            size = self.called(max, [clone(loop.stop), constant(0, INT)])
        else:
            size = self.called(range, clone([loop.start, loop.stop, loop.step]))
            size = self.called(len, [size])
        self.parts.arrays.empty(t, size, array)
        *_, last, _ = [None, *loop.body]
        if plain and isinstance(last, Store) and last.array == array:  # one item an iteration
            last.index = [load(loop.name, INT)]
            loop.body.pop()
            count = ""
        else:
            self.scope.emit(Assign(count, constant(0, INT)))
        self.scope.out.append(loop)
        return count


def _is_numbers(node):
    t = getattr(node, "type", None)
    return isinstance(t, types.List) and isinstance(t.dtype, types.Number | types.Boolean)


def _appended(s):
    """Return the variable of a list that a statement appends to, or None."""
    call = s.value if isinstance(s, ast.Expr) else None
    method = call.func if isinstance(call, ast.Call) else None
    if isinstance(method, ast.Attribute) and isinstance(method.value, ast.Name):
        if _is_numbers(method.value) and method.attr == "append":
            return method.value
    return None


def _appends(body, name):
    found = (_appended(n) for s in body for n in ast.walk(s))
    return any(n is not None and n.id == name for n in found)


def _repeated(node):
    sides = node.left, node.right
    return isinstance(node.op, ast.Mult) and any(isinstance(e, ast.List) for e in sides)


def _loops(loop):
    return sum(isinstance(n, ast.For) for n in ast.walk(loop))


def _length(array):
    shape = typed(ast.Attribute(array, "shape", ast.Load()), None)
    return typed(ast.Subscript(shape, constant(0, INT), ast.Load()), INT)


def _total(items):
    total = 0.0
    for v in items:
        total += v
    return total


def _total_from(items, start):
    total = start
    for v in items:
        total = total + v
    return total


def _least(items):
    if items.size == 0:
        raise ValueError("min() of an empty list")
    least = items[0]
    for i in range(1, items.size):
        least = min(least, items[i])
    return least


def _greatest(items):
    if items.size == 0:
        raise ValueError("max() of an empty list")
    greatest = items[0]
    for i in range(1, items.size):
        greatest = max(greatest, items[i])
    return greatest


# Python's functions of a list of floats, or a vector -> number of arguments -> the form.
_OWN = {sum: {1: _total, 2: _total_from}, min: {1: _least}, max: {1: _greatest}}


def items_of_literal(node):
    """Return the items of a list or tuple literal that is a call's only argument, else None."""
    return getattr(node.args[0], "elts", None) if len(node.args) == 1 else None


def own_form(function, node):
    """Return the form of ``sum``, ``min`` or ``max`` of a vector of floats, or None."""
    if function not in (sum, min, max) or node.keywords or node.type != types.float64:
        return None
    t = getattr(node.args[0], "type", None)
    return _OWN[function].get(len(node.args)) if is_array(t) and t.ndim == 1 else None

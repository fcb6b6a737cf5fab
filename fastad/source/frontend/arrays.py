"""Lowering of expressions with array values: one statement for each operation."""

import ast

import numpy as np
from numba.core import types
from numba.np.numpy_support import as_dtype

from ...jit.libraries import is_fresh
from ..ir import callees as known
from ..ir.expressions import INT, constant, load, subscript, typed
from ..ir.statements import Array, If, Store, Unsupported, is_array
from ..syntax.pairs import Let
from .lists import is_list
from .scope import Part


class Arrays(Part):
    """The part of the lowering that deals with whole arrays."""

    def array(self, node, target=None):
        """Emit what computes an array; return the name of the variable that holds it."""
        if self.scope.is_global(node) and getattr(node, "type", None) is None:
            return self.global_array(node, target)
        if is_list(node):
            return self.parts.lists.array(node, target)
        handler = getattr(self, _ARRAYS.get(type(node), ""), None)
        if handler is None:
            raise Unsupported(f"{type(node).__name__} of arrays is not differentiated", node)
        return handler(node, target)

    def name(self, node, target):
        found = self.scope.variable_of(node)
        if target is None:
            return found
        return self.bind(target, load(found, node.type), "view", found, node.type)

    def subscript(self, node, target):
        places = self.parts.loops.called(node.value) in (np.where, np.nonzero)
        if places and isinstance(node.value.type, types.BaseTuple):
            return self.places_of(node, target)
        found = self.parts.expressions.tuple_item(node)
        if found is None:
            return self.part(node, target)
        return found.id if target is None else self.bind(target, found, "view", found.id, node.type)

    def attribute(self, node, target):
        t, found = node.type, self.parts.expressions.tuple_item(node)
        if found is not None:
            return found.id if target is None else self.bind(target, found, "view", found.id, t)
        of = getattr(self.scope.type_of(node.value), "dtype", None)
        if node.attr == "real" and isinstance(of, types.Float):  # ``x.real`` is x
            return self.array(node.value, target)
        if node.attr not in (("real", "imag") if isinstance(of, types.Complex) else ("T",)):
            raise Unsupported(f".{node.attr} is not differentiated", node)
        owner = self.array_name(node.value)
        value = typed(ast.Attribute(load(owner), node.attr, ast.Load()), t)
        return self.bind(target, value, "view", owner, t)

    def let(self, node, target):
        self.parts.targets.assign_parts(node)
        return self.array(node.body, target)

    def binary(self, node, target):
        rule = known.OPERATORS.get(type(node.op).__name__)
        operation = "dot" if isinstance(node.op, ast.MatMult) else rule
        operands = [node.left, node.right]
        value = self.parts.expressions.array_operation(operation, node, operands, [])
        value.rule = rule
        return self.bind(target, value, "new", "", node.type)

    def unary(self, node, target):
        rule = known.OPERATORS.get(type(node.op).__name__)
        value = ast.UnaryOp(node.op, self.parts.expressions.operand(node.operand))
        value.operation = rule
        return self.bind(target, typed(value, node.type, rule), "new", "", node.type)

    def truth(self, node, target):
        return self.bind(target, self.parts.expressions.scalar(node), "new", "", node.type)

    def bind(self, target, value, kind, of, type_):
        """Emit ``target = value``; a target of None is a new variable."""
        if target is None:
            target = self.scope.variable("array", type_)
        self.scope.unit.types.setdefault(target, type_)
        self.scope.emit(Array(target, value, kind, of))
        return target

    def chosen(self, node, target):
        """``a if test else b`` of arrays: a variable that is bound to one of the two."""
        test = self.parts.expressions.value(node.test)
        name = self.scope.variable("chosen", node.type)
        branches = []
        for part in (node.body, node.orelse):
            outer, self.scope.out = self.scope.out, []
            self.array(part, name)
            branches.append(self.scope.out)
            self.scope.out = outer
        self.scope.emit(If(test, *branches))
        return self.array(load(name, node.type), target) if target else name

    def array_name(self, node):
        """Return the name of a variable that holds an array expression's value."""
        if self.scope.is_global(node):
            return self.global_array(node)
        value = self.parts.expressions.value(node)
        if not isinstance(value, ast.Name):
            raise Unsupported("an array is needed here", node)
        return value.id

    def global_array(self, node, target=None):
        """Bind a variable to a global array, which is a constant of the compiled function."""
        value = self.scope.global_path(node)
        t = typed(value, self.scope.type_of(node)).type
        if not is_array(t):
            raise Unsupported(f"{ast.unparse(node)} is not an array", node)
        value.operation = "constant"
        return self.bind(target, value, "new", "", t)

    def part(self, node, target):
        """A slice, a row, or an array indexed by arrays."""
        owner = self.array_name(node.value)
        index = []
        for i in self.parts.indexed.indices(node):
            if isinstance(i, ast.Slice):
                parts = {
                    k: None if v is None else self.parts.expressions.simple(v)
                    for k, v in (("lower", i.lower), ("upper", i.upper), ("step", i.step))
                }
                index.append(ast.Slice(**parts))
            elif self.scope.is_global(i) and self.scope.resolve(i) is None:
                index.append(constant(None, types.none))  # np.newaxis
            else:
                index.append(self.parts.expressions.simple(i))
        fancy = any(is_array(getattr(i, "type", None)) for i in index)
        if fancy:
            index = _without_ellipsis(index, self.scope.type_of(node.value).ndim)
        value = subscript(load(owner, self.scope.type_of(node.value)), index)
        typed(value, node.type)
        value.operation = "take" if fancy else "view"
        return self.bind(target, value, "new" if fancy else "view", owner, node.type)

    def places_of(self, node, target):
        """``np.nonzero(a)[k]``: the indices along axis k."""
        call = node.value
        if call.keywords or not isinstance(node.slice, ast.Constant):
            raise Unsupported(f"{ast.unparse(node)} is not differentiated", node)
        places = load(self.scope.unit.import_global("nonzero", np.nonzero))
        found = typed(ast.Call(places, [self.parts.expressions.simple(call.args[0])], []), None)
        found.function, found.opaque = np.nonzero, False
        value = typed(ast.Subscript(found, constant(node.slice.value, INT), ast.Load()), node.type)
        return self.bind(target, value, "new", "", node.type)

    def from_call(self, node, target):
        function = node.func
        if not self.scope.is_global(function):
            name = function.attr
            if name in known.METHODS:
                operation, operands = known.METHODS[name], [function.value, *node.args]
                return self.array_from(operation, node, operands, target)
            if name == "astype" and len(node.args) == 1 and not node.keywords:
                return self.cast(node, function.value, node.args[0], target)
            value = self.parts.expressions.method(node)
            if isinstance(value, ast.Name):  # another form's result
                return self.named(value, target)
            return self.unsure(self.bind(target, value, "new", "", node.type), node)
        callee = self.scope.resolve(function)
        if not known.is_user_function(callee):
            self.parts.calls.refuse_writes(callee, node)
        rule, operation = known.rule_and_operation(callee)
        if rule is not None and not node.keywords:
            value = self.parts.expressions.array_operation(rule, node, node.args, [])
            value.rule = rule
            return self.bind(target, value, "new", "", node.type)
        if operation in ("copy", "asarray") and isinstance(self.scope.type_of(node.args[0]), LISTS):
            return self.listed(node, target)
        if operation in ("copy", "asarray") and is_list(node.args[0]):
            callee, operation = np.copy, "copy"
        if operation in ("copy", "asarray"):
            return self.copied(operation, node, callee, target)
        if operation is not None:
            return self.array_from(operation, node, node.args, target)
        if known.is_user_function(callee) and not (callee.__module__ or "").startswith("numpy"):
            return self.named(self.parts.calls.user_call(callee, node), target)
        value = self.parts.expressions.call(node)
        if isinstance(value, ast.Name):  # another form's result
            return self.named(value, target)
        if callee in known.ALLOCATIONS or callee in known.SPACED:
            value.opaque = callee in known.SPACED
            value.operation = "constant"
        name = self.bind(target, value, "new", "", node.type)
        sure = known.is_one_of(callee, known.WITHOUT_DERIVATIVE) or is_fresh(callee)
        return name if sure else self.unsure(name, node)

    def flattened(self, node):
        """Return ``a.flat`` as an array, of the same memory; other expressions as they are."""
        t = getattr(node, "type", None)
        if not isinstance(t, types.NumpyFlatType) or not isinstance(node, ast.Attribute):
            return node
        if self.is_strided_flat(node):
            raise Unsupported(f"{ast.unparse(node)} of an array that is not in C order", node)
        if t.array_type.ndim == 1:
            return node.value
        path = typed(ast.Attribute(node.value, "reshape", ast.Load()), None)
        new = ast.copy_location(ast.Call(path, [constant(-1, INT)], []), node)
        return typed(new, types.Array(t.array_type.dtype, 1, "C"))

    @staticmethod
    def is_strided_flat(node):
        """Tell whether an expression is ``a.flat`` of an array that is not C-contiguous."""
        t = getattr(node, "type", None)
        of = t.array_type if isinstance(t, types.NumpyFlatType) else None
        return of is not None and of.ndim > 1 and of.layout != "C"

    def named(self, value, target):
        """Return the name of an array that a call returned: the target, or its present name."""
        return self.bind(target, value, "view", value.id, value.type) if target else value.id

    def unsure(self, name, node):
        """Note that the result of a call may share memory with the arrays among its arguments."""
        parts = [*node.args, *(k.value for k in node.keywords)]
        if isinstance(node.func, ast.Attribute):
            parts.append(node.func.value)
        names = {n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name)}
        given = set()
        for found in map(self.scope.rename.get, names):
            given |= {p.id for p in found} if isinstance(found, tuple) else {found}
        given = {n for n in given if is_array(self.scope.unit.types.get(n))}
        node.file = self.scope.function.__code__.co_filename
        self.scope.unit.unsure.append((name, given, node))
        return name

    def copied(self, operation, node, callee, target):
        """``np.copy``, ``np.array``, ``np.asarray``, ``np.ascontiguousarray``."""
        operand, *others = node.args
        others += [k.value for k in node.keywords if k.arg == "dtype"]
        t = self.scope.type_of(operand)
        if len(others) > 1 or len(node.args) + len(node.keywords) > 2 or not is_array(t):
            raise Unsupported(f"{ast.unparse(node)}: of an array, with a dtype or without", node)
        if callee is np.ascontiguousarray:
            if t.layout == "C" or (t.ndim == 1 and t.layout == "F"):  # the array itself
                name = self.array_name(operand)
                return self.bind(target, load(name, t), "view", name, node.type)
            name = self.by_method("copy", [], node, operand, target)
            return self.unsure(name, node) if t.layout == "A" else name
        if others and node.type.dtype != t.dtype:
            return self.cast(node, operand, others[0], target)
        if is_list(operand):
            return self.parts.lists.copied(operand, target)
        plain = ast.copy_location(ast.Call(node.func, [operand], []), node)
        return self.array_from(operation, typed(plain, node.type), [operand], target)

    def cast(self, node, operand, dtype, target):
        """``operand.astype(dtype)``: a copy."""
        array = load(self.array_name(operand), operand.type)
        if isinstance(dtype, ast.Constant):
            dtype = constant(dtype.value, None)
        else:
            dtype = typed(self.parts.expressions.value(dtype), None)
        path = typed(ast.Attribute(array, "astype", ast.Load()), None)
        value = ast.Call(path, [dtype], [])
        value.operation = "copy"
        return self.bind(target, typed(value, node.type), "new", "", node.type)

    def listed(self, node, target):
        """``np.array([a, b])``: a new array, and a store for each item."""
        others = [*node.args[1:], *(k.value for k in node.keywords if k.arg == "dtype")]
        if len(others) > 1 or len(node.args) + len(node.keywords) > 2:
            raise Unsupported(f"{ast.unparse(node)}: of a list, with a dtype or without", node)
        values = [*self.numbers_in(node.args[0], [])]
        whole = (types.Integer, types.Boolean)
        kept = whole if isinstance(node.type.dtype, whole) else (types.Number, types.Boolean)
        if not all(isinstance(value.type, kept) for _, value in values):
            raise Unsupported(f"{ast.unparse(node)}: items that are cut to integers", node)
        return self.of_values(values, node.type, target)

    def numbers_in(self, e, index):
        """Yield (index, number) of what is in a list or a tuple, evaluated in order."""
        if not isinstance(getattr(e, "type", None), LISTS):
            yield index, self.parts.expressions.simple(e)
        elif isinstance(e, ast.List | ast.Tuple):
            for k, part in enumerate(e.elts):
                yield from self.numbers_in(part, [*index, k])
        elif isinstance(e.type, types.BaseTuple):
            for k, part in enumerate(self.parts.targets.tuple_parts("part", e)):
                yield from self.numbers_of(part, [*index, k])
        else:
            raise Unsupported("an array of this is not differentiated; fill it by a loop", e)

    def numbers_of(self, part, index):
        """`numbers_in` of a lowered expression, whose names are those of the generated code."""
        if isinstance(part.type, types.BaseTuple):
            for k, e in enumerate(self.parts.targets.items_of(part, part.type)):
                yield from self.numbers_of(e, [*index, k])
        else:
            yield index, part if isinstance(part, ast.Name) else self.parts.targets.held(part)

    def of_items(self, items, t, target):
        """Emit a new array, and a store for each of its items: pairs (index, expression)."""
        values = [(index, self.parts.expressions.simple(e)) for index, e in items]
        return self.of_values(values, t, target)

    def of_values(self, values, t, target):
        """`of_items` of expressions that are lowered already."""
        shape = tuple(k + 1 for k in values[-1][0]) if values else (0,)
        name = self.empty(t, typed(ast.Constant(shape), None), target)
        for index, value in values:
            self.scope.emit(Store(name, [constant(k, INT) for k in index], value))
        return name

    def empty(self, t, shape, target):
        """Emit ``np.empty(shape)`` of an array type's items."""
        dtype = as_dtype(t.dtype).type
        dtype = load(self.scope.unit.import_global(f"{dtype.__name__}_", dtype))
        empty = load(self.scope.unit.import_global("empty_", np.empty))
        made = ast.Call(empty, [shape, dtype], [])
        made.operation, made.opaque = "constant", False
        return self.bind(target, typed(made, t), "new", "", t)

    def array_from(self, operation, node, operands, target):
        if operation == "ravel":
            return self.raveled(node, operands, target)
        keywords = node.keywords
        if operation == "sum" and self.scope.type_of(operands[0]).dtype == node.type.dtype:
            keywords = [k for k in keywords if k.arg != "dtype"]  # it adds up in this type anyway
        value = self.parts.expressions.array_operation(operation, node, operands, keywords)
        kind, of = "new", ""
        first = value.func.value if not self.is_global_call(value) else value.args[0]
        if _shares(operation):
            kind, of = "view", first.id
        return self.bind(target, value, kind, of, node.type)

    def raveled(self, node, operands, target):
        """``ravel``: emit a view of a C-contiguous array, and a copy of another one."""
        if len(operands) != 1 or node.keywords:
            raise Unsupported(f"{ast.unparse(node)}: without arguments", node)
        if self.scope.type_of(operands[0]).layout == "C":
            return self.by_method("reshape", [constant(-1, INT)], node, operands[0], target)
        return self.by_method("flatten", [], node, operands[0], target)

    def by_method(self, operation, arguments, node, operand, target):
        """Emit a copy or a view that a method of an array makes; ``operation`` is its name."""
        array = load(self.array_name(operand), self.scope.type_of(operand))
        value = ast.Call(ast.Attribute(array, operation, ast.Load()), arguments, [])
        value.operation = operation
        kind = ("view", array.id) if _shares(operation) else ("new", "")
        return self.bind(target, typed(value, node.type), *kind, node.type)

    def is_global_call(self, value):
        """Tell whether a lowered call is that of a function, and not of a method."""
        return not (isinstance(value.func, ast.Attribute) and is_array(value.func.value.type))


_ARRAYS = {
    ast.Name: "name",
    ast.Subscript: "subscript",
    ast.Attribute: "attribute",
    ast.BinOp: "binary",
    ast.UnaryOp: "unary",
    ast.IfExp: "chosen",
    ast.Compare: "truth",
    ast.BoolOp: "truth",
    ast.Call: "from_call",
    Let: "let",
}
LISTS = types.BaseTuple | types.List


def _shares(operation):
    """Tell whether the result is a view of its operand's memory.

    ``reshape`` raises where it would have to copy.
    """
    return operation in ("reshape", "transpose", "asarray")


def _without_ellipsis(index, ndim):
    """Return indices with a slice for each axis that ``...`` stands for."""
    rest = [ast.Slice(None, None, None) for _ in range(ndim - len(index) + 1)]
    parts = []
    for i in index:
        parts += rest if isinstance(i, ast.Constant) and i.value is ... else [i]
    return parts

"""Lowering of expressions with array values: one statement for each operation."""

import ast

import numpy as np
from numba.core import types
from numba.np.numpy_support import as_dtype

from . import names as known
from .ir import INT, Array, Store, Unsupported, load, text
from .lower_expressions import Expressions, constant, index_parts, is_array, subscript

_NEW = {"zeros", "ones", "empty", "zeros_like", "ones_like", "empty_like", "eye"}
_NEW |= {"identity"}
_SPACED = {"arange", "linspace"}  # without a rule for their bounds


class Arrays(Expressions):
    """The part of the lowering that deals with whole arrays."""

    def array(self, node, target=None):
        """Emit what computes an array; return the name of the variable that holds it."""
        if isinstance(node, ast.Name):
            found = self.rename.get(node.id, node.id)
            if target is None:
                return found
            return self.bind(target, load(found, node.type), "view", found, node.type)
        if self.is_global(node):
            raise Unsupported("a global array cannot be changed", node)
        t = node.type
        if isinstance(node, ast.Subscript | ast.Attribute):
            found = self.tuple_item(node)
            if found is not None:
                return found.id if target is None else self.bind(target, found, "view", found.id, t)
        if isinstance(node, ast.Subscript):
            return self.part(node, target)
        if isinstance(node, ast.Attribute):
            if node.attr == "T":
                owner = self.array_name(node.value)
                value = self.typed(ast.Attribute(load(owner), "T", ast.Load()), t)
                return self.bind(target, value, "view", owner, t)
            raise Unsupported(f".{node.attr} is not differentiated", node)
        if isinstance(node, ast.BinOp):
            rule = known.OPERATORS.get(type(node.op).__name__)
            operation = "dot" if isinstance(node.op, ast.MatMult) else rule
            value = self.array_operation(operation, node, [node.left, node.right], [])
            value.rule = rule
            return self.bind(target, value, "new", "", t)
        if isinstance(node, ast.UnaryOp):
            rule = known.OPERATORS.get(type(node.op).__name__)
            value = ast.UnaryOp(node.op, self.operand(node.operand))
            value.operation = rule
            return self.bind(target, self.typed(value, t, rule), "new", "", t)
        if isinstance(node, ast.Compare | ast.BoolOp):
            return self.bind(target, self.scalar(node), "new", "", t)
        if isinstance(node, ast.Call):
            return self.array_from_call(node, target)
        raise Unsupported(f"{type(node).__name__} of arrays is not differentiated", node)

    def bind(self, target, value, kind, of, type_):
        """Emit ``target = value``; a target of None is a new variable."""
        if target is None:
            target = self.variable("array", type_)
        self.unit.types.setdefault(target, type_)
        self.emit(Array(target, value, kind, of))
        return target

    def array_name(self, node):
        """Return the name of a variable that holds an array expression's value."""
        value = self.value(node)
        if not isinstance(value, ast.Name):
            raise Unsupported("an array is needed here", node)
        return value.id

    def part(self, node, target):
        """A slice, a row, or an array indexed by arrays."""
        owner = self.array_name(node.value)
        index = []
        for i in index_parts(node.slice):
            if isinstance(i, ast.Slice):
                parts = {
                    k: None if v is None else self.simple(v)
                    for k, v in (("lower", i.lower), ("upper", i.upper), ("step", i.step))
                }
                index.append(ast.Slice(**parts))
            else:
                index.append(self.simple(i))
        fancy = any(is_array(getattr(i, "type", None)) for i in index)
        value = subscript(load(owner, node.value.type), index)
        self.typed(value, node.type)
        value.operation = "take" if fancy else "view"
        return self.bind(target, value, "new" if fancy else "view", owner, node.type)

    def array_from_call(self, node, target):
        function = node.func
        if not self.is_global(function):
            name = function.attr
            if name in known.METHODS:
                operation, operands = known.METHODS[name], [function.value, *node.args]
                return self.array_from(operation, node, operands, target)
            if name in ("astype",) and is_array(node.type):
                return self.array_from("copy", node, [function.value], target)
            return self.bind(target, self.method(node), "new", "", node.type)
        callee = self.resolve(function)
        try:
            rule, operation = known.RULE_OF.get(callee), known.ARRAY_OF.get(callee)
        except TypeError:
            rule = operation = None
        if rule is not None and not node.keywords:
            value = self.array_operation(rule, node, node.args, [])
            value.rule = rule
            return self.bind(target, value, "new", "", node.type)
        if operation in ("copy", "asarray") and isinstance(node.args[0].type, LISTS):
            return self.listed(node, target)
        if operation is not None:
            return self.array_from(operation, node, node.args, target)
        if known.is_user_function(callee) and not callee.__module__.startswith("numpy"):
            result = self.user_call(callee, node)
            if target is None:
                return result.id
            return self.bind(target, result, "view", result.id, node.type)
        value = self.call(node)
        if isinstance(value, ast.Name):  # another form's result
            if target is None:
                return value.id
            return self.bind(target, value, "view", value.id, value.type)
        if getattr(callee, "__name__", "") in _NEW | _SPACED:
            value.opaque = callee.__name__ in _SPACED
            value.operation = "constant"
        return self.bind(target, value, "new", "", node.type)

    def listed(self, node, target):
        """``np.array([a, b])``: a new array, and a store for each item."""
        if node.keywords or len(node.args) != 1:
            raise Unsupported("np.array of a list with further arguments", node)
        items = [([], node.args[0])]
        while any(isinstance(getattr(e, "type", None), LISTS) for _, e in items):
            items = [
                ([*index, k], part)
                for index, e in items
                for k, part in enumerate(self.components(e))
            ]
        values = [(index, self.simple(e)) for index, e in items]
        shape = tuple(k + 1 for k in values[-1][0])
        dtype = as_dtype(node.type.dtype).type
        dtype = load(self.unit.import_global(f"{dtype.__name__}_", dtype))
        empty = load(self.unit.import_global("empty_", np.empty))
        made = ast.Call(empty, [self.typed(ast.Constant(shape), None), dtype], [])
        made.operation, made.opaque = "constant", False
        name = self.bind(target, self.typed(made, node.type), "new", "", node.type)
        for index, value in values:
            self.emit(Store(name, [constant(k, INT) for k in index], value))
        return name

    def components(self, e):
        """Return the items of a list or a tuple."""
        if isinstance(e, ast.List | ast.Tuple):
            return e.elts
        if isinstance(getattr(e, "type", None), types.BaseTuple):
            return self.tuple_parts("part", e)
        raise Unsupported("an array of this is not differentiated; fill it by a loop", e)

    def array_from(self, operation, node, operands, target):
        value = self.array_operation(operation, node, operands, node.keywords)
        kind, of = "new", ""
        first = value.func.value if not self.is_global_call(value) else value.args[0]
        if operation in _SHARING and _shares(value, operation, first.type):
            kind, of = "view", first.id
        return self.bind(target, value, kind, of, node.type)

    def is_global_call(self, value):
        """Tell whether a lowered call is of a function, not a method."""
        return not (isinstance(value.func, ast.Attribute) and is_array(value.func.value.type))


LISTS = types.BaseTuple | types.List
_SHARING = ("reshape", "ravel", "transpose", "asarray", "copy")


def _shares(value, operation, type_):
    """Tell whether the result is a view of its operand's memory."""
    if operation == "copy" and not text(value.func).endswith("ascontiguousarray"):
        return False
    always = operation in ("transpose", "asarray")
    return isinstance(type_, types.Array) and (always or type_.layout == "C")

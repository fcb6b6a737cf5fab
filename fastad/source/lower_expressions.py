"""From Python expressions to those of the intermediate representation."""

import ast

import numpy as np
from numba.core import types

from ..rules import BY_NAME
from . import names as known
from .ir import Array, Assign, If, Unsupported, clone, load


def is_array(t):
    """Tell whether a type is an array."""
    return isinstance(t, types.Array)


def is_real(t):
    """Tell whether a scalar type carries derivatives."""
    return isinstance(t, types.Float) or type(t).__name__ == "JetType"


def carries(t):
    """Tell whether a tuple holds floats or arrays."""
    return any(
        carries(e) if isinstance(e, types.BaseTuple) else is_real(e) or is_array(e) for e in t
    )


def constant(value, type_):
    """Return a literal."""
    node = ast.Constant(value)
    node.type, node.rule = type_, None
    return node


class Expressions:
    """The part of the lowering that deals with expressions; statements go to ``self.out``."""

    def emit(self, statement):
        """Append a statement, with the line being lowered."""
        statement.line, statement.file = self.line, self.function.__code__.co_filename
        if self.lazy:
            raise Unsupported("this is too much for a condition: compute it before", self.node)
        self.out.append(statement)

    def variable(self, hint, type_):
        """Return a new variable's name."""
        name = self.unit.fresh(hint)
        self.unit.types[name] = type_
        return name

    def resolve(self, node):
        """Return the object that a global name or attribute path stands for."""
        if isinstance(node, ast.Attribute):
            return getattr(self.resolve(node.value), node.attr)
        if node.id in self.scope:
            return self.scope[node.id]
        raise Unsupported(f"the name {node.id} is not known", node)

    def is_global(self, node):
        """Tell whether an expression is a path from a global name."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id not in self.local

    def global_path(self, node):
        """Return a copy of a global path, its root known under a free name."""
        if isinstance(node, ast.Attribute):
            return self.typed(
                ast.Attribute(self.global_path(node.value), node.attr, ast.Load()), None
            )
        name = self.unit.import_global(node.id, self.resolve(node))
        return self.typed(ast.Name(name, ast.Load()), None)

    @staticmethod
    def typed(node, type_, rule=None):
        """Return the node with its attributes set."""
        node.type, node.rule = type_, rule
        return node

    def value(self, node):
        """Return the lowered expression: a tree for a scalar, a name for an array."""
        t = getattr(node, "type", None)
        if t is types.undefined:
            raise Unsupported(f"Numba gives {ast.unparse(node)} no type", node)
        if t is None and self.is_global(node):
            constant_value = self.resolve(node)
            if known.is_number(constant_value):
                return self.typed(self.global_path(node), self.unit.typeof(constant_value))
            if isinstance(constant_value, np.ndarray | tuple):
                return self.typed(self.global_path(node), self.unit.typeof(constant_value))
            if isinstance(constant_value, type):  # a dtype
                return self.global_path(node)
            raise Unsupported(f"{ast.unparse(node)} is not a number or an array", node)
        if isinstance(node, ast.Constant):
            return constant(node.value, self.unit.typeof(node.value))
        if is_array(t):
            return load(self.array(node), t)
        return self.scalar(node)

    def simple(self, node, hint="t"):
        """Return the value as a name or a constant."""
        value = self.value(node)
        if isinstance(value, ast.Name | ast.Constant) or value.type is None:
            return value
        name = self.variable(hint, value.type)
        self.emit(Assign(name, value))
        return load(name, value.type)

    # Scalars ----------------------------------------------------------------------------

    def scalar(self, node):
        """Lower a scalar, or a tuple that carries no derivative."""
        t = node.type
        if isinstance(t, types.BaseTuple) and carries(t) and not isinstance(node, ast.Name):
            raise Unsupported("a tuple is used as a whole; unpack it", node)
        if isinstance(node, ast.Name):
            found = self.rename.get(node.id, node.id)
            if isinstance(found, tuple):
                raise Unsupported("a tuple is used as a whole; unpack it", node)
            return clone(found) if isinstance(found, ast.AST) else load(found, t)
        if isinstance(node, ast.BinOp):
            rule = known.OPERATORS.get(type(node.op).__name__)
            if isinstance(node.op, ast.MatMult):
                return self.array_call("dot", node, [node.left, node.right], [])
            new = ast.BinOp(self.value(node.left), node.op, self.value(node.right))
            self.typed(new, t, rule)
            return self.hoisted(new, node) if rule == "pow" and not _small_power(new) else new
        if isinstance(node, ast.UnaryOp):
            rule = known.OPERATORS.get(type(node.op).__name__)
            return self.typed(ast.UnaryOp(node.op, self.value(node.operand)), t, rule)
        if isinstance(node, ast.Compare):
            operands = [self.value(c) for c in (node.left, *node.comparators)]
            return self.typed(ast.Compare(operands[0], node.ops, operands[1:]), t)
        if isinstance(node, ast.BoolOp):
            return self.bool_op(node)
        if isinstance(node, ast.IfExp):
            return self.conditional(node)
        if isinstance(node, ast.Attribute):
            found = self.tuple_item(node)
            if found is not None:
                return found
            value = self.value(node.value)
            if node.attr == "real" and is_real(value.type):
                return value
            if is_real(t):
                raise Unsupported(f".{node.attr} is not differentiated", node)
            return self.typed(ast.Attribute(value, node.attr, ast.Load()), t)
        if isinstance(node, ast.Subscript):
            return self.element(node)
        if isinstance(node, ast.Tuple):
            elements = [self.value(e) for e in node.elts]
            return self.typed(ast.Tuple(elements, ast.Load()), t)
        if isinstance(node, ast.Call):
            return self.call(node)
        raise Unsupported(f"{type(node).__name__} is not differentiated", node)

    def bool_op(self, node):
        if is_real(node.type):
            raise Unsupported("and/or of numbers; write a conditional expression", node)
        values = [self.value(node.values[0])]
        lazy, self.lazy = self.lazy, True
        values += [self.value(v) for v in node.values[1:]]
        self.lazy = lazy
        return self.typed(ast.BoolOp(node.op, values), node.type)

    def conditional(self, node):
        """A conditional expression of floats becomes an if statement."""
        if not is_real(node.type):
            lazy = self.lazy
            test = self.value(node.test)
            self.lazy = True
            new = ast.IfExp(test, self.value(node.body), self.value(node.orelse))
            self.lazy = lazy
            return self.typed(new, node.type)
        name = self.variable("chosen", node.type)
        test = self.value(node.test)
        branches = []
        for part in (node.body, node.orelse):
            outer, self.out = self.out, []
            value = self.value(part)
            self.emit(Assign(name, value))
            branches.append(self.out)
            self.out = outer
        self.emit(If(test, *branches))
        return load(name, node.type)

    def element(self, node):
        """``a[i, j]``, or a component of a tuple."""
        found = self.tuple_item(node)
        if found is not None:
            return found
        owner = node.value
        if is_array(getattr(owner, "type", None)) or (
            self.is_global(owner) and isinstance(self.resolve(owner), np.ndarray)
        ):
            array = self.value(owner)
            index = [self.value(i) for i in index_parts(node.slice)]
            return self.typed(subscript(array, index), node.type)
        new = ast.Subscript(self.value(owner), self.value(node.slice), ast.Load())
        return self.typed(new, node.type)

    def tuple_item(self, node):
        """Return the component of an unpacked tuple, by its place or its name, or None."""
        t = getattr(node.value, "type", None)
        if not isinstance(t, types.BaseTuple) or not carries(t):
            return None
        if isinstance(node.value, ast.Name):
            parts = self.rename.get(node.value.id)
            if not isinstance(parts, tuple):
                return None
        else:
            parts = self.tuple_parts("part", node.value)
        if isinstance(node, ast.Attribute):
            return clone(parts[t.fields.index(node.attr)])
        index = node.slice
        sign = 1
        if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.USub):
            index, sign = index.operand, -1
        if not isinstance(index, ast.Constant):
            raise Unsupported("a tuple of floats is indexed by a variable; use an array", node)
        return clone(parts[sign * index.value])

    def hoisted(self, node, origin):
        """Give an expensive operation a variable of its own, unless it is assigned to one."""
        if self.lazy or self.whole is origin:
            return node
        name = self.variable(f"{node.rule}_", node.type)
        self.emit(Assign(name, node))
        return load(name, node.type)

    def call(self, node):
        function = node.func
        if not self.is_global(function):
            return self.method(node)
        target = self.resolve(function)
        if target in (min, max) and len(node.args) > 2:
            return self.fold(node, target)
        try:
            rule = known.RULE_OF.get(target)
            operation = known.ARRAY_OF.get(target)
        except TypeError:
            rule = operation = None
        if rule is not None and not node.keywords:
            return self.rule_call(rule, node)
        if operation is not None:
            return self.array_call(operation, node, node.args, node.keywords)
        if target in (float, np.float64) and len(node.args) == 1:
            zero = constant(1.0, types.float64)
            value = self.value(node.args[0])
            if is_real(value.type):
                return value
            return self.typed(ast.BinOp(zero, ast.Mult(), value), types.float64, "mul")
        if known.is_user_function(target) and not _is_library(target):
            return self.user_call(target, node)
        if str(getattr(target, "__module__", "")).startswith(known.RANDOM):
            raise Unsupported("random numbers inside; draw them before and pass them", node)
        formed = self.formed_call(target, node)
        if formed is not None:
            return formed
        arguments = [self.value(a) for a in node.args]
        keywords = [ast.keyword(k.arg, self.value(k.value)) for k in node.keywords]
        new = ast.Call(self.global_path(function), arguments, keywords)
        new.opaque = not (
            (isinstance(target, type) and not is_real(node.type))
            or target in known.WITHOUT_DERIVATIVE
        )
        return self.typed(new, node.type)

    def rule_call(self, rule, node):
        if len(node.args) != BY_NAME[rule].arity:
            raise Unsupported(f"{ast.unparse(node)}: {rule} of one tuple or array", node)
        arguments = [self.value(a) for a in node.args]
        path = self.global_path(node.func)
        new = self.typed(ast.Call(path, arguments, []), node.type, rule)
        return self.hoisted(new, node) if rule in known.EXPENSIVE else new

    def fold(self, node, target):
        """``min(a, b, c)`` is ``min(min(a, b), c)``."""
        value = self.value(node.args[0])
        rule = known.RULE_OF[target]
        for a in node.args[1:]:
            call = ast.Call(self.global_path(node.func), [value, self.value(a)], [])
            value = self.typed(call, node.type, rule)
        return value

    def method(self, node):
        owner, name = node.func.value, node.func.attr
        if name in known.METHODS:
            return self.array_call(known.METHODS[name], node, [owner, *node.args], node.keywords)
        if name in ("item",) and not node.args:
            raise Unsupported("item() is not differentiated; index the array", node)
        new = ast.Call(
            ast.Attribute(self.value(owner), name, ast.Load()),
            [self.value(a) for a in node.args],
            [],
        )
        new.opaque = name not in known.METHODS_WITHOUT_DERIVATIVE
        return self.typed(new, node.type)

    def array_call(self, operation, node, operands, keywords):
        """An operation on whole arrays, with a scalar result: a statement of its own."""
        new = self.array_operation(operation, node, operands, keywords)
        name = self.variable(f"{operation}_", node.type)
        self.emit(Array(name, new, "number"))
        return load(name, node.type)

    def merges(self, node):
        """Tell whether an operand is an elementwise operation that needs no array of its own."""
        if not self.unit.merges or not is_array(getattr(node, "type", None)):
            return False
        if not is_real(node.type.dtype):
            return False
        if isinstance(node, ast.BinOp):
            rule = known.OPERATORS.get(type(node.op).__name__)
            return rule is not None and (rule not in known.EXPENSIVE or _small_power(node))
        return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)

    def operand(self, node):
        """Return an operand of an elementwise operation: a name, a constant, or such a one."""
        if not self.merges(node):
            return self.simple(node)
        rule = known.OPERATORS[type(node.op).__name__]
        if isinstance(node, ast.UnaryOp):
            new = ast.UnaryOp(node.op, self.operand(node.operand))
        else:
            new = ast.BinOp(self.operand(node.left), node.op, self.operand(node.right))
        new.operation = rule
        return self.typed(new, node.type, rule)

    def array_operation(self, operation, node, operands, keywords):
        lowered = self.operand if operation in BY_NAME else self.simple
        arguments = [lowered(a) for a in operands]
        named = [ast.keyword(k.arg, self.simple(k.value)) for k in keywords]
        if isinstance(node, ast.BinOp):
            new = ast.BinOp(arguments[0], node.op, arguments[1])
        elif self.is_global(node.func):
            new = ast.Call(self.global_path(node.func), arguments, named)
        else:
            path = ast.Attribute(arguments[0], node.func.attr, ast.Load())
            self.typed(path, None)
            new = ast.Call(path, arguments[1:], named)
        new.operation = operation
        return self.typed(new, node.type)


def _small_power(node):
    """Tell whether a power is one that the compiler turns into products."""
    exponent = node.right
    return isinstance(exponent, ast.Constant) and exponent.value in (1, 2, 3, 4)


def _is_library(function):
    module = getattr(function, "__module__", "") or ""
    return module.split(".")[0] in ("numpy", "math", "scipy", "numba", "fastad", "operator")


def index_parts(node):
    """Return the list of indices of a subscript."""
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def subscript(array, index):
    """Return ``array[index]`` as an expression."""
    parts = clone(index)
    inner = parts[0] if len(parts) == 1 else ast.Tuple(parts, ast.Load())
    return ast.Subscript(array, inner, ast.Load())

"""From Python expressions to those of the intermediate representation."""

import ast

import numpy as np
from numba.core import types

from ...jit.generated import ByTypes
from ...jit.libraries import is_random
from ...rules.table import BY_NAME
from ..ir import callees as known
from ..ir.expressions import INT, clone, constant, index_parts, load, subscript, typed
from ..ir.statements import Array, Assign, If, Unsupported, carries, is_array, is_real
from ..syntax.pairs import Let
from .lists import is_list, items_of_literal, own_form
from .objects import object_of
from .scope import Part
from .tuples import place_of


class Expressions(Part):
    """The part of the lowering that deals with expressions; statements go to ``self.scope.out``."""

    def in_order(self, nodes, pending=(), lowered=None):
        """Lower expressions in Python's order, and return their values.

        Where a later expression writes into an array (it calls a function that does), earlier
        values that read this array are read into variables first.  ``pending`` are values that are
        lowered already, and come first.
        """
        values = list(pending)
        for node in nodes:
            mark = len(self.scope.out)
            value = (lowered or self.value)(node)
            changed = self.scope.unit.changed_by(self.scope.out[mark:])
            if changed:
                later = self.scope.out[mark:]
                del self.scope.out[mark:]
                values = [self.read_now(v, changed) for v in values]
                self.scope.out += later
            values.append(value)
        return values

    def read_now(self, value, changed):
        """Return a value which does not change when the memories ``changed`` are written into."""
        if isinstance(value, ast.Constant) or value.type is None:
            return value
        if is_array(value.type) and isinstance(value, ast.Name):
            return value  # a reference to the array: it sees what is written later
        if not self.scope.unit.reads(value) & changed:
            return value
        if is_array(value.type):
            return load(self.parts.arrays.bind(None, value, "new", "", value.type), value.type)
        name = self.scope.variable("read", value.type)
        self.scope.emit(Assign(name, value))
        return load(name, value.type)

    def value(self, node):
        """Return the lowered expression: a tree for a scalar, a name for an array."""
        if isinstance(node, ast.Starred):
            raise Unsupported(f"{ast.unparse(node)} is passed to no function of yours", node)
        t = getattr(node, "type", None)
        if t is types.undefined:
            raise Unsupported(f"Numba gives {ast.unparse(node)} no type", node)
        function = self.parts.objects.given(node)
        if function is not None:
            if isinstance(function, types.NumberClass):  # a dtype
                return self.scope.global_path(self.scope.named(object_of(function)))
            raise Unsupported(f"{ast.unparse(node)}, a function, is used as a value", node)
        if isinstance(node, ast.Slice):
            parts = {k: v and self.simple(v) for k, v in ast.iter_fields(node)}
            return typed(ast.Slice(**parts), None)
        if t is None and self.scope.is_global(node):
            known_type = self.scope.type_of(node)
            if known_type is not None:
                return typed(self.scope.global_path(node), known_type)
            if isinstance(self.scope.resolve(node), type):  # a dtype
                return self.scope.global_path(node)
            raise Unsupported(f"{ast.unparse(node)} is not a number or an array", node)
        if isinstance(node, ast.Constant):
            return constant(node.value, self.scope.unit.typeof(node.value))
        if is_array(t):
            return load(self.parts.arrays.array(node), t)
        return self.scalar(node)

    def simple(self, node, hint="t"):
        """Return the value as a name or a constant."""
        value = self.value(node)
        if isinstance(value, ast.Name | ast.Constant) or value.type is None:
            return value
        name = self.scope.variable(hint, value.type)
        self.scope.emit(Assign(name, value))
        return load(name, value.type)

    # Scalars ----------------------------------------------------------------------------

    def scalar(self, node):
        """Lower a scalar, or a tuple that carries no derivative."""
        t = node.type
        if isinstance(t, types.BaseTuple) and carries(t) and not isinstance(node, ast.Name):
            raise Unsupported("a tuple is used as a whole; unpack it", node)
        handler = getattr(self, _SCALARS.get(type(node), ""), None)
        if handler is None:
            raise Unsupported(f"{type(node).__name__} is not differentiated", node)
        return handler(node)

    def name(self, node):
        found = self.scope.variable_of(node)
        if isinstance(found, tuple):
            if carries(node.type):
                raise Unsupported("a tuple is used as a whole; unpack it", node)
            own = [clone(part) for part in self.parts.targets.own_parts(found, node.type)]
            return typed(ast.Tuple(own, ast.Load()), node.type)
        return clone(found) if isinstance(found, ast.AST) else load(found, node.type)

    def binary(self, node):
        if isinstance(node.op, ast.MatMult):
            return self.array_call("dot", node, [node.left, node.right], [])
        rule = known.OPERATORS.get(type(node.op).__name__)
        left, right = self.in_order([node.left, node.right])
        self.scope.unit.refuse_negative(type(node.op), [left, right], node)
        new = typed(ast.BinOp(left, node.op, right), node.type, rule)
        if rule in DIVISIONS:
            self.scope.unit.divisions.append((new, self.scope.raises))
        return self.hoisted(new, node) if rule == "pow" and not _small_power(new) else new

    def unary(self, node):
        rule = known.OPERATORS.get(type(node.op).__name__)
        operand = self.value(node.operand)
        self.scope.unit.refuse_negative(type(node.op), [operand], node)
        return typed(ast.UnaryOp(node.op, operand), node.type, rule)

    def attribute(self, node):
        found = self.tuple_item(node)
        if found is not None:
            return found
        value = self.value(node.value)
        if node.attr in ("real", "imag") and is_real(value.type):
            return value if node.attr == "real" else constant(0.0, types.float64)
        if isinstance(value.type, types.Complex):  # among the arguments
            return typed(ast.Attribute(value, node.attr, ast.Load()), node.type)
        if is_real(node.type):
            raise Unsupported(f".{node.attr} is not differentiated", node)
        return typed(ast.Attribute(value, node.attr, ast.Load()), node.type)

    def tuple_of_numbers(self, node):
        if any(isinstance(e, ast.Starred) for e in node.elts):
            items = self.parts.targets.tuple_parts("item", node)
            return typed(ast.Tuple(items, ast.Load()), node.type)
        return typed(ast.Tuple(self.in_order(node.elts), ast.Load()), node.type)

    def comparison(self, node):
        """``a < b < c`` evaluates c only where a < b, so c is refused if it needs statements."""
        if is_list(node.comparators[0]):
            return self.parts.lists.contains(node)
        operands = self.in_order([node.left, node.comparators[0]])
        later = [self.apart(c) for c in node.comparators[1:]]
        operands += [value for _, value in later]
        if any(statements for statements, _ in later):
            raise Unsupported("a chain of comparisons calls a function; write two of them", node)
        return typed(ast.Compare(operands[0], node.ops, operands[1:]), node.type)

    def bool_op(self, node):
        if is_real(node.type):
            raise Unsupported("and/or of numbers; write a conditional expression", node)
        value = self.value(node.values[0])
        for k, later in enumerate(node.values[1:]):
            body, second = self.apart(later)
            if not body:  # no statement has to run first: it can stay an expression
                several = isinstance(value, ast.BoolOp) and k > 0 and value.op is node.op
                first = value.values if several else [value]
                value = typed(ast.BoolOp(node.op, [*first, second]), node.type)
                continue
            name = self.scope.variable("holds", node.type)
            self.scope.emit(Assign(name, value))
            test = load(name, node.type)
            if isinstance(node.op, ast.Or):
                test = typed(ast.UnaryOp(ast.Not(), test), types.boolean)
            self.scope.emit(If(test, [*body, self.scope.located(Assign(name, second))], []))
            value = load(name, node.type)
        return value

    def apart(self, node):
        """Return (statements, value) of an expression that is evaluated on some paths only."""
        outer, self.scope.out, lazy, self.scope.lazy = self.scope.out, [], self.scope.lazy, True
        value = self.value(node)
        body, self.scope.out, self.scope.lazy = self.scope.out, outer, lazy
        return body, value

    def conditional(self, node):
        """A conditional expression of floats becomes an if statement."""
        test = self.value(node.test)
        (first, body), (second, orelse) = map(self.apart, (node.body, node.orelse))
        if not (first or second or is_real(node.type)):
            return typed(ast.IfExp(test, body, orelse), node.type)
        name = self.scope.variable("chosen", node.type)
        branches = (
            [*statements, self.scope.located(Assign(name, value))]
            for statements, value in ((first, body), (second, orelse))
        )
        self.scope.emit(If(test, *branches))
        return load(name, node.type)

    def element(self, node):
        """``a[i, j]``, or a component of a tuple."""
        if is_list(node.value):
            return self.parts.lists.item(node)
        found = self.tuple_item(node)
        if found is not None:
            return found
        owner = self.parts.arrays.flattened(node.value)
        if is_array(getattr(owner, "type", None)) or (
            self.scope.is_global(owner) and isinstance(self.scope.resolve(owner), np.ndarray)
        ):
            array = self.value(owner)
            index = self.indices(node)
            if not index:
                raise Unsupported("an array without dimensions is indexed; use a number", node)
            return typed(subscript(array, index), node.type)
        self.parts.calls.refuse_objects(node, owner)
        new = ast.Subscript(*self.in_order([owner, node.slice]), ast.Load())
        return typed(new, node.type)

    def indices(self, node, pending=()):
        """Return the indices of an item, lowered `in_order`; a tuple of indices is taken apart."""
        given = self.in_order(index_parts(node.slice), pending)
        tuples = (isinstance(i.type, types.BaseTuple) for i in given)
        parts = (
            self.parts.targets.items_of(i, i.type) if whole else [i]
            for i, whole in zip(given, tuples, strict=True)
        )
        return [e for part in parts for e in part]

    def tuple_item(self, node):
        """Return the component of an unpacked tuple, by its place or its name, or None."""
        t, parts = getattr(node.value, "type", None), self.scope.rename_of(node.value)
        # A variable bound to integers here and to floats later has been taken apart, too.
        if not isinstance(t, types.BaseTuple) or not (carries(t) or isinstance(parts, tuple)):
            return None
        place = _place(node, t)
        if isinstance(node.value, ast.Name):
            if isinstance(parts, str) and place is not None:
                return self.parts.targets.given_part(parts, t, place % len(t))
            if not isinstance(parts, tuple):
                return None
            parts = self.parts.targets.own_parts(parts, t)
        else:
            parts = self.parts.targets.tuple_parts("part", node.value)
        if place is None:
            return self.parts.tuples.item_by_variable(parts, node)
        return clone(parts[place])

    def let(self, node):
        """An expression of parts that are computed first."""
        self.parts.targets.assign_parts(node)
        return self.value(node.body)

    def hoisted(self, node, origin):
        """Give an expensive operation a variable of its own, unless it is assigned to one."""
        if self.scope.lazy or self.scope.whole is origin:
            return node
        name = self.scope.variable(f"{node.rule}_", node.type)
        self.scope.emit(Assign(name, node))
        return load(name, node.type)

    def call(self, node):
        function = node.func
        if not self.scope.is_global(function):
            return self.method(node)
        target = self.scope.resolve(function)
        if not (known.is_user_function(target) or hasattr(target, "_fields")):
            self.parts.calls.refuse_writes(target, node)
        if target is len and isinstance(self.scope.rename_of(node.args[0]), tuple):
            return constant(len(node.args[0].type), INT)
        if target is len and is_list(node.args[0]):
            return self.parts.lists.length(node.args[0])
        own = own_form(target, node) or self.parts.calls.stands_for(target, node)
        if own is not None:
            return self.parts.calls.user_call(own, node)
        if target in (min, max) and (len(node.args) > 2 or items_of_literal(node)):
            return self.parts.calls.folded(node, target)
        rule, operation = known.rule_and_operation(target)
        if rule is not None and not node.keywords:
            return self.rule_call(rule, node)
        if operation is not None:
            formed = self.parts.calls.formed_call(target, node)
            if formed is not None:
                return formed
            return self.array_call(operation, node, node.args, node.keywords)
        if target in (float, np.float64) and len(node.args) == 1:
            value = self.value(node.args[0])
            if value.type == types.float64:
                return value
            if isinstance(value, ast.Constant):
                return constant(float(value.value), types.float64)
            one = constant(1.0, types.float64)
            return typed(ast.BinOp(one, ast.Mult(), value), types.float64, "mul")
        if target is np.float32 and is_real(node.type) and len(node.args) == 1:
            return typed(self.called_with(node, self.value), node.type, "pos")  # slope 1
        if known.is_user_function(target) and not _is_library(target):
            found = self.parts.calls.user_call(target, node)
            return typed(ast.Tuple(found), node.type) if isinstance(found, list) else found
        if is_random(target):
            raise Unsupported("random numbers inside; draw them before and pass them", node)
        formed = self.parts.calls.formed_call(target, node)
        formed = formed or self.parts.calls.joined_data(target, node)
        if formed is not None:
            return formed
        new = self.called_with(node, self.value)
        new.function = target
        whole = isinstance(node.type, types.Integer | types.Boolean)
        converted = isinstance(target, type) and whole
        new.opaque = not (converted or known.is_one_of(target, known.WITHOUT_DERIVATIVE))
        return typed(new, node.type)

    def rule_call(self, rule, node):
        if len(node.args) != BY_NAME[rule].arity:
            raise Unsupported(f"{ast.unparse(node)}: {rule} of one tuple or array", node)
        arguments = self.in_order(node.args)
        path = self.scope.global_path(node.func)
        new = typed(ast.Call(path, arguments, []), node.type, rule)
        new.function = self.scope.resolve(node.func)
        self.scope.unit.refuse_negative(new.function, arguments, node)
        if rule in DIVISIONS and not hasattr(new.function, "nin"):  # no ufunc
            self.scope.unit.divisions.append((new, self.scope.raises))
        return self.hoisted(new, node) if rule in known.EXPENSIVE else new

    def called_with(self, node, lowered):
        """Return a call of a global function with its arguments lowered in order."""
        given = self.in_order([*node.args, *(k.value for k in node.keywords)], (), lowered)
        arguments, named = given[: len(node.args)], given[len(node.args) :]
        keywords = [ast.keyword(k.arg, v) for k, v in zip(node.keywords, named, strict=True)]
        return ast.Call(self.scope.global_path(node.func), arguments, keywords)

    def method(self, node):
        owner, name = node.func.value, node.func.attr
        if name in known.METHODS:
            return self.array_call(known.METHODS[name], node, [owner, *node.args], node.keywords)
        formed = self.parts.calls.formed_method(node)
        if formed is not None:
            return formed
        self.parts.calls.refuse_effects(node, [owner])
        if name in ("item",) and not node.args:
            raise Unsupported("item() is not differentiated; index the array", node)
        if node.keywords:
            raise Unsupported(f"{name} with keywords is not differentiated", node)
        array, *arguments = self.in_order([owner, *node.args])
        new = ast.Call(ast.Attribute(array, name, ast.Load()), arguments, [])
        new.opaque = name not in known.METHODS_WITHOUT_DERIVATIVE
        return typed(new, node.type)

    def array_call(self, operation, node, operands, keywords):
        """Emit an operation on whole arrays with a scalar result, as a statement of its own."""
        of = getattr(self.scope.type_of(operands[0]), "dtype", None)
        if of == node.type:  # it would add up in this type anyway
            keywords = [k for k in keywords if k.arg != "dtype"]
        if not any(is_array(self.scope.type_of(a)) for a in operands):
            if operation in _OF_NUMBERS and len(operands) == 1 and not keywords:
                return self.value(operands[0])
            raise Unsupported(
                f"{ast.unparse(node)} of what is no array is not differentiated", node
            )
        if operation in _OF_NUMBERS and (len(operands) > 1 or keywords):
            raise Unsupported(f"{ast.unparse(node)}: of a vector, leave out the axis", node)
        new = self.array_operation(operation, node, operands, keywords)
        name = self.scope.variable(f"{operation}_", node.type)
        self.scope.emit(Array(name, new, "number"))
        return load(name, node.type)

    def merges(self, node):
        """Tell whether an operand stays part of its statement: a cheap elementwise operation."""
        if not self.scope.unit.merges or not is_array(getattr(node, "type", None)):
            return False
        if not is_real(node.type.dtype):
            return False
        if isinstance(node, ast.BinOp):
            rule = known.OPERATORS.get(type(node.op).__name__)
            return rule is not None and (rule not in known.EXPENSIVE or _small_power(node))
        return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)

    def operand(self, node):
        """Return an operand of an elementwise operation: simple, or an operation that `merges`."""
        if not self.merges(node):
            return self.simple(node)
        rule = known.OPERATORS[type(node.op).__name__]
        if isinstance(node, ast.UnaryOp):
            new = ast.UnaryOp(node.op, self.operand(node.operand))
        else:
            left, right = self.in_order([node.left, node.right], (), self.operand)
            new = ast.BinOp(left, node.op, right)
        new.operation = rule
        return typed(new, node.type, rule)

    def array_operation(self, operation, node, operands, keywords):
        if operation == "outer" and any(self.scope.type_of(a).ndim != 1 for a in operands):
            raise Unsupported(f"{ast.unparse(node)} of matrices; flatten them with .ravel()", node)
        lowered = self.operand if operation in BY_NAME else self.simple
        given = self.in_order([*operands, *(k.value for k in keywords)], (), lowered)
        arguments, named = given[: len(operands)], given[len(operands) :]
        named = [ast.keyword(k.arg, v) for k, v in zip(keywords, named, strict=True)]
        if isinstance(node, ast.BinOp):
            new = ast.BinOp(arguments[0], node.op, arguments[1])
        elif self.scope.is_global(node.func):
            new = ast.Call(self.scope.global_path(node.func), arguments, named)
            new.function = self.scope.resolve(node.func)
        else:
            path = ast.Attribute(arguments[0], node.func.attr, ast.Load())
            typed(path, None)
            new = ast.Call(path, arguments[1:], named)
        new.operation = operation
        return typed(new, node.type)


def _place(node, type_):
    """Return the constant by which a tuple is indexed, or None."""
    if isinstance(node, ast.Attribute):
        return type_.fields.index(node.attr)
    return place_of(node.slice)


_SCALARS = {
    ast.Name: "name",
    ast.BinOp: "binary",
    ast.UnaryOp: "unary",
    ast.Attribute: "attribute",
    ast.Tuple: "tuple_of_numbers",
    ast.Compare: "comparison",
    ast.BoolOp: "bool_op",
    ast.IfExp: "conditional",
    ast.Subscript: "element",
    ast.Call: "call",
    Let: "let",
}
_OF_NUMBERS = ("sum", "mean", "prod", "amin", "amax", "asarray", "copy")  # of one: the number
DIVISIONS = ("truediv", "floordiv", "mod")


def _small_power(node):
    """Tell whether a power is one that the compiler turns into products."""
    exponent = node.right
    return isinstance(exponent, ast.Constant) and exponent.value in (1, 2, 3, 4)


def _is_library(function):
    if isinstance(function, ByTypes):  # a driver, or a function with a rule
        return False
    module = getattr(function, "__module__", "") or ""
    return module.split(".")[0] in ("numpy", "math", "scipy", "numba", "fastad", "operator")

"""The tangents of statements that compute with whole arrays."""

import ast
import functools

import numpy as np
from numba.core import types
from numba.extending import overload, register_jitable

from ...arrays.broadcasting import items_of, over_all
from ...arrays.table import RULES
from ...custom import CustomRule
from ...modes.rule_shapes import shaped_as
from ...numbers.arrays import copy_of, ordered_as
from ...numbers.jet import term_namespace
from ...rules.codegen import compile_source, indented
from ...rules.table import BY_NAME
from ...rules.terms import terms
from ..analysis.activity import MOVING, flows, operands
from ..ir.expressions import clone, constant, filled, load, text, typed
from ..ir.statements import Array, Fill, Unsupported, is_array

# Operations whose tangent is the same operation on tangents -> the positions of the operands by
# which they have a derivative.
_LINEAR = MOVING | dict.fromkeys(("take", "neg", "pos"), (0,))
_BILINEAR = ("dot", "vdot", "outer", "mul")


def array_tangent(tangents, s):
    """Append an array statement, and the statements of its tangent."""
    operation = getattr(s.value, "operation", "")
    moves = flows(s.value) & tangents.activity.active
    if s.kind == "view":
        tangents.out.append(s)
        _emit(tangents, s, filled(s.value, {s.of: tangents.dots[s.of]}), tangents.dots[s.of])
    elif operation == "constant" or not moves:
        tangents.out.append(s)
        if s.kind == "number":
            _emit(tangents, s, constant(0.0, types.float64))
        else:
            _emit(tangents, s, zeros_like(s.name, tangents.types[s.name]))
    elif operation in _LINEAR:
        _linear(tangents, s, operation)
    elif operation in ("dot", "vdot") and _weighed(tangents, s, operation):
        _weighed_dot(tangents, s)
    elif operation in _BILINEAR and not _weighed(tangents, s, operation):
        _bilinear(tangents, s)
    elif operation in ("add", "sub") and all(flows(a) & moves for a in operands(s.value)):
        value = s.value
        for position, a in enumerate(operands(s.value)):
            value = _replaced(value, position, tangents.dot(a))
        _emit(tangents, s, value)
        tangents.out.append(s)
    elif operation in BY_NAME:
        tangents.out.append(s)
        product = "weigh" if _weighed(tangents, s, operation) else ""
        push = functools.partial(push_function, operation, product=product)
        _by_function(tangents, s, push, f"push_{operation}")
    elif operation in ("amin", "amax"):
        tangents.out.append(s)
        _by_function(tangents, s, lambda moving: push_extreme, "push_extreme", letters=False)
    elif operation in RULES:
        _plain_form(s, operation)
        tangents.out.append(s)
        push = functools.partial(rule_function, operation)
        _by_function(tangents, s, push, f"{operation}_dot")
    else:
        raise Unsupported(f"{text(s.value)} has no rule for whole arrays", s)


def _plain_form(s, operation):
    if len(operands(s.value)) != RULES[operation].arity or getattr(s.value, "keywords", None):
        raise Unsupported(f"{text(s.value)}: only the plain form of {operation} has a rule", s)


def _emit(tangents, s, value, of=""):
    tangents.emit(Array(tangents.dots[s.name], value, s.kind, of), s)


def _operation(node, t, name):
    """Give a node its type and the name of its array operation; return it."""
    node.operation = name
    return typed(node, t)


def zeros_like(name, t):
    """Return the expression of float64 zeros in the shape and order of an array of any dtype."""
    turned = t.layout == "F" and t.ndim > 1
    value = ast.Call(load("np.zeros"), [load(f"{name}.T.shape" if turned else f"{name}.shape")], [])
    value = ast.Attribute(value, "T", ast.Load()) if turned else value
    return _operation(value, t, "constant")


def _replaced(value, position, node):
    """Return an operation with one operand replaced."""
    new = clone(value)
    if isinstance(new, ast.Subscript):
        new.value = node
    elif isinstance(new, ast.UnaryOp):
        new.operand = node
    elif isinstance(new, ast.BinOp):
        setattr(new, "right" if position else "left", node)
    elif len(operands(new)) > len(new.args):  # a method
        if position:
            new.args[position - 1] = node
        else:
            new.func.value = node
    else:
        new.args[position] = node
    return new


def _operand(value, position):
    return value.value if isinstance(value, ast.Subscript) else operands(value)[position]


def _linear(tangents, s, operation):
    value = s.value
    for position in _LINEAR[operation]:
        a = _operand(s.value, position)
        dot = tangents.dot(a)
        if dot is None:
            dot = constant(0.0, types.float64)
            if is_array(a.type):
                name = tangents.variable(f"{a.id}_still", a.type)
                tangents.emit(Array(name, zeros_like(a.id, a.type), "new"), s)
                dot = load(name, a.type)
        value = _replaced(value, position, dot)
    if operation == "copy":  # a copy in the same order, without a cast to another dtype
        if tangents.types[s.name].layout == "C":
            value.func, value.args, value.keywords = ast.Attribute(dot, "copy", ast.Load()), [], []
        else:
            value.func, value.args, value.keywords = load("np.copy"), [dot], []
    _emit(tangents, s, value)
    tangents.out.append(s)


def _bilinear(tangents, s):
    terms = []
    for position, a in enumerate(operands(s.value)):
        dot = tangents.dot(a)
        if dot is not None:
            terms.append(_replaced(s.value, position, dot))
    _emit(tangents, s, terms[0])
    for term in terms[1:]:
        name = tangents.dots[s.name]
        if is_array(tangents.types[name]):
            part = tangents.variable("part", tangents.types[name])
            tangents.emit(Array(part, term, "new"), s)
            tangents.emit(Fill(name, load(part, tangents.types[name]), True), s)
        else:
            part = tangents.variable("part", types.float64)
            tangents.emit(Array(part, term, "number"), s)
            both = ast.BinOp(load(name, types.float64), ast.Add(), load(part, types.float64))
            tangents.assign(name, typed(both, types.float64, "add"), s)
    tangents.out.append(s)


def _weighed(tangents, s, operation):
    """Tell whether a zero factor must be a strong zero, for a tangent may be infinite.

    That is done for elementwise products and quotients and products of vectors, not of matrices.
    """
    parts = operands(s.value)
    vectors = operation in ("dot", "vdot") and all(a.type.ndim == 1 for a in parts)
    weighs = operation in BY_NAME and BY_NAME[operation].weighs
    return (weighs or vectors) and any(tangents.steep(a) for a in parts)


def _weighed_dot(tangents, s):
    """Append a product of two vectors, and its tangent, item by item."""
    x, y = operands(s.value)
    t = types.Array(types.float64, 1, "C")
    items = tangents.variable("items", t)
    moving = tuple(k for k, a in enumerate((x, y)) if tangents.dot(a) is not None)
    push = push_function("mul", moving, "weigh")
    name = tangents.program.namer.of_global(f"push_mul_{''.join('xy'[k] for k in moving)}", push)
    given = [x, y, x, *(tangents.dot((x, y)[k]) for k in moving)]
    value = _operation(ast.Call(load(name), clone(given), []), t, "tangent")
    tangents.emit(Array(items, value, "new"), s)
    total = ast.Call(load("np.sum"), [load(items, t)], [])
    _emit(tangents, s, _operation(total, types.float64, "sum"))
    tangents.out.append(s)


def _by_function(tangents, s, make, name, letters=True):
    """Emit the tangent as a call of a function of the operands, the result and the tangents."""
    arguments = operands(s.value)
    dots = [tangents.dot(a) for a in arguments]
    moving = tuple(k for k, d in enumerate(dots) if d is not None)
    if letters:
        name = f"{name}_{''.join('xy'[k] for k in moving)}"
    name = tangents.program.namer.of_global(name, make(moving))
    given = [*arguments, load(s.name), *(dots[k] for k in moving)]
    value = ast.Call(load(name), clone(given), [])
    _emit(tangents, s, _operation(value, tangents.types[s.name], "tangent"))


def first_of(dots):
    """Return the tangent along the first direction, 0 for None: a number that does not move."""
    return 0.0 if dots is None else dots[0]


@overload(first_of)
def _first_of(dots):
    return (lambda dots: 0.0) if dots == types.none else (lambda dots: dots[0])


def ruled_tangent(s):
    """Return (name, function, arguments) for the values and tangents of a `Ruled` statement.

    The function takes two tuples, arguments and tangents, and returns values and tangents in one
    flat tuple.
    """
    hint = s.label.split(".")[-1]
    if isinstance(s.rule, CustomRule):
        if s.rule.jvp is None:
            raise Unsupported(
                f"{s.label} has no rule of forward mode; give it one by defjvp, or use forward "
                "mode, which takes defvjp's",
                s,
            )
        lines = ["values, dots = rule(p, t)"]
        values, dots = ([f"{v}[{k}]" for k in range(len(s.names))] for v in ("values", "dots"))
        if not s.several:
            values, dots = ["values"], ["dots"]
        fitting = zip(dots, values, strict=True)
        parts = [*values, *(f"shaped_as({dot}, {value})" for dot, value in fitting)]
        scope = {"rule": s.rule.jvp, "copy_of": copy_of, "shaped_as": shaped_as}
    else:
        primals = [f"p[{k}]" for k in range(s.rule.arity)]
        dots = [
            f"np.ascontiguousarray(t[{k}]).reshape((1,) + t[{k}].shape)"
            for k in range(s.rule.arity)
        ]
        lines = [f"values = rule({', '.join(primals)})"]
        lines.append(f"dots = tangent({', '.join([*primals, 'values', *dots])})")
        count = range(len(s.names))
        parts = [f"values[{k}]" for k in count]
        parts += [f"ordered_as(first_of(dots[{k}]), values[{k}])" for k in count]
        scope = {"rule": s.rule.primal, "tangent": s.rule.tangent, "first_of": first_of, "np": np}
        scope["ordered_as"] = ordered_as
        if not s.several:
            parts = ["values", "dots"]
    if isinstance(s.rule, CustomRule):  # where it gives back an array of p or of t, a copy of it
        own = [n in s.arrays for n in s.names] * 2
        pairs = zip(parts, own, strict=True)
        parts = [f"copy_of({part})" if array else part for part, array in pairs]
    lines.append(f"return {', '.join(parts)}")
    source = "def push(p, t):\n    " + "\n    ".join(lines) + "\n"
    function = register_jitable(compile_source(source, "push", scope))
    return f"{hint}_tangent", function, clone(list(s.arguments))


def _parameters(arity, moving):
    return [*"xy"[:arity], "r", *(f"{'xy'[k]}_dot" for k in moving)]


@functools.cache
def rule_function(operation, moving):
    """Return the @njit-callable tangent of a row of the table of array rules."""
    rule = RULES[operation]
    names = _parameters(rule.arity, moving)
    dots = [
        f"np.ascontiguousarray({'xy'[k]}_dot).reshape((1,) + {'xy'[k]}_dot.shape)"
        if k in moving
        else "None"
        for k in range(rule.arity)
    ]
    given = ", ".join([*"xy"[: rule.arity], "r", *dots])
    source = f"def push({', '.join(names)}):\n    return ordered_as(tangent({given})[0], r)\n"
    scope = {"tangent": rule.tangent, "ordered_as": ordered_as, "np": np}
    return register_jitable(compile_source(source, "push", scope))


@functools.cache
def push_function(rule_name, moving, product=""):
    """Return the @njit-callable tangent of an elementwise operation.

    It takes ``(x, [y,] r, tangents of the arguments at the positions moving)``, of shapes that
    broadcast to that of the result r, and returns an array like r. The product is one of
    `fastad.rules.terms.PRODUCTS`, whose strong zeros are added to the rule's.
    """
    rule = BY_NAME[rule_name]
    names = _parameters(rule.arity, moving)
    shares = [
        t.times(f"{'xy'[t.argument]}_dot", f"({t.factor()})", product)
        for t in terms(rule)
        if t.argument in moving
    ]
    source = f"def term({', '.join(names)}):\n    return {' + '.join(shares) or '0.0'}\n"
    term = register_jitable(compile_source(source, "term", term_namespace()))
    header = f"push({', '.join(names)})"
    name = f"push_{rule_name}_{''.join('xy'[k] for k in moving)}"
    stub = compile_source(f"def {header}:\n    raise NotImplementedError\n", "push", {})
    stub.__name__ = stub.__qualname__ = name

    def push(*given):
        source = _loops(dict(zip(names, given, strict=True)))
        return compile_source(source, "push", {"term": term, "np": np})

    typed = f"def typed({', '.join(names)}):\n    return {header}\n"
    overload(stub)(compile_source(typed, "typed", {"push": push}))
    return stub


def _loops(given):
    """Return the source of the loops over all items of the result."""
    ndim = given["r"].ndim
    steps, items = items_of(given, ndim)
    place = ", ".join(f"i{axis}" for axis in range(ndim))
    put = [f"out[{place}] = term({', '.join(items.values())})"]
    lines = ["out = np.empty_like(r)", *steps, *over_all("r", ndim, put), "return out"]
    return "\n".join([f"def push({', '.join(given)}):", *indented(lines)]) + "\n"


@register_jitable
def push_extreme(x, r, x_dot):
    """Return the tangent of the least or the largest item r: the mean of those of tied items."""
    total, ties = 0.0, 0
    for index in np.ndindex(x.shape):
        if x[index] == r:
            total += x_dot[index]
            ties += 1
    return total / max(ties, 1)

"""Expressions of the representation: ``ast`` nodes, and how they are made.

The front end gives its nodes two more attributes: ``type``, the Numba type, and ``rule``, the name
of their row of the rule table. Nodes that the adjoint makes have neither.
"""

import ast
import copy
import functools
import math

from numba.core import types

INT = types.intp


def load(name, type_=None):
    """Return an expression that reads a variable."""
    node = ast.Name(name, ast.Load())
    node.type = type_
    node.rule = None
    return node


def typed(node, type_, rule=None):
    """Give a node its type and the name of its row of the rule table; return it."""
    node.type, node.rule = type_, rule
    return node


def constant(value, type_):
    """Return a literal."""
    negative = isinstance(value, int | float) and math.copysign(1.0, value) < 0.0
    node = ast.Constant(-value if negative else value)
    node.type, node.rule = type_, None
    if negative:  # as a negative literal, ``-2 ** x`` would be printed for ``(-2) ** x``
        node = ast.UnaryOp(ast.USub(), node)
        node.type, node.rule = type_, "neg"
    return node


def index_parts(node):
    """Return the list of indices of a subscript."""
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def subscript(array, index):
    """Return ``array[index]`` as an expression."""
    parts = clone(index)
    inner = parts[0] if len(parts) == 1 else ast.Tuple(parts, ast.Load())
    return ast.Subscript(array, inner, ast.Load())


def clone(node):
    """Return a copy of an expression; types are shared."""
    if isinstance(node, list):
        return [clone(n) for n in node]
    if not isinstance(node, ast.AST):
        return node
    new = copy.copy(node)
    for name, value in ast.iter_fields(node):
        setattr(new, name, clone(value))
    return new


def names_in(node):
    """Return the set of names that an expression mentions."""
    found, waiting = set(), [node]
    while waiting:  # ast.walk is four times slower, and this runs very often
        node = waiting.pop()
        if isinstance(node, ast.Name):
            found.add(node.id)
            continue
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                waiting.append(value)
            elif isinstance(value, list):
                waiting.extend(v for v in value if isinstance(v, ast.AST))
    return found


def literal(node):
    """Return the value of a literal with or without a minus; None for other expressions."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = literal(node.operand)
        return None if value is None else -value
    return node.value if isinstance(node, ast.Constant) else None


def called(node):
    """Return the object that an expression calls, where the front end noted it, else None."""
    return getattr(node, "function", None) if isinstance(node, ast.Call) else None


def text(node):
    """Return an expression as source."""
    return ast.unparse(node)


def name_or_copy(source):
    """Return an expression of a variable's name, or a copy of an expression."""
    return load(source) if isinstance(source, str) else clone(source)


def is_atom(node):
    """Tell whether an expression is a name or a literal."""
    return isinstance(node, ast.Name | ast.Constant)


def is_number(node):
    """Tell whether an expression is a literal number, with or without a sign."""
    value = literal(node)
    return isinstance(value, int | float) and not isinstance(value, bool)


def same(a, b):
    """Tell whether two expressions are written alike."""
    return ast.dump(a) == ast.dump(b)


def plus(a, b):
    """Return ``a + b`` of integers, where b may be a sum or a difference."""
    if isinstance(b, ast.BinOp) and isinstance(b.op, ast.Add | ast.Sub):
        return ast.BinOp(plus(a, b.left), b.op, b.right)
    return ast.BinOp(a, ast.Add(), b)


def negative(a):
    """Return ``-a``, without a second minus."""
    positive = without_minus(a)
    return ast.UnaryOp(ast.USub(), a) if positive is None else positive


def without_minus(node):
    """Return ``-node`` where a product or a quotient begins with a minus, else None."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return node.operand
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        left = without_minus(node.left)
        if left is not None:
            node = copy.copy(node)  # of the same type and rule
            node.left = left
            return node
    return None


def product(a, b):
    """Return ``a * b``, without the multiplication where a factor is 1 or -1."""
    if literal(a) == 1.0:
        return b
    if literal(b) == 1.0:
        return a
    if literal(a) == -1.0:
        return negative(b)
    return ast.BinOp(a, ast.Mult(), b)


def call(function, arguments):
    """Return a call of a function, given its name in the generated code."""
    return ast.Call(load(function), [name_or_copy(a) for a in arguments], [])


def item(array, index):
    """Return ``array[index]`` of a variable and a list of indices."""
    return subscript(load(array), index)


def tuple_of(parts):
    """Return a tuple of variables and expressions."""
    return ast.Tuple([name_or_copy(p) for p in parts], ast.Load())


# ---- Written as they look ----


@functools.lru_cache(4096)
def _parsed(template):
    return ast.parse(template, mode="eval").body


def expression(template, **holes):
    """Return the expression of a template, with its names replaced by names or expressions.

    ``*name`` in the template stands for a list of arguments.

    Examples
    --------
    >>> text(expression("room(stack, top, n * 2)", stack="stack_", n=load("k")))
    'room(stack_, top, k * 2)'
    >>> text(expression("f(x, *rest)", rest=["a", constant(1, None)]))
    'f(x, a, 1)'
    """
    return filled(_parsed(template), holes)


def filled(node, holes):
    """Return a copy of an expression with names replaced by other names or expressions."""
    if isinstance(node, list):
        return [filled_part for n in node for filled_part in _filled_parts(n, holes)]
    if not isinstance(node, ast.AST):
        return node
    if isinstance(node, ast.Name):
        value = holes.get(node.id, node.id)
        if not isinstance(value, str):
            return clone(value)
        node = copy.copy(node)  # of the same type
        node.id = value
        return node
    new = copy.copy(node)
    for name, value in ast.iter_fields(node):
        setattr(new, name, filled(value, holes))
    return new


def _filled_parts(node, holes):
    if isinstance(node, ast.Starred) and isinstance(holes.get(node.value.id), list):
        return [name_or_copy(part) for part in holes[node.value.id]]
    return [filled(node, holes)]


def read_as(node, value_of):
    """Return an expression with each name that it reads replaced by ``value_of(node)``.

    ``value_of`` takes the node of the name, and returns that node or another expression.
    """
    if isinstance(node, list):
        return [read_as(n, value_of) for n in node]
    if not isinstance(node, ast.AST):
        return node
    if isinstance(node, ast.Name):
        return value_of(node) if isinstance(node.ctx, ast.Load) else node
    new = copy.copy(node)
    for name, value in ast.iter_fields(node):
        setattr(new, name, read_as(value, value_of))
    return new

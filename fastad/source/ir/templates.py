"""Statements that are written out as Python, with places for names, expressions and statements."""

import ast
import functools

from .expressions import constant, filled, index_parts
from .statements import Assign, Do, Fill, For, If, Raise, Return, Set, Store, While


@functools.lru_cache(1024)
def _parsed(template):
    lines = template.strip("\n").split("\n")
    margin = len(lines[0]) - len(lines[0].lstrip())
    return ast.parse("\n".join(line[margin:] for line in lines)).body


def statements(template, **holes):
    """Return the statements that a piece of Python stands for.

    Parameters
    ----------
    template : str
        Assignments, calls, if, while, return, raise, and for over range.
    holes : dict of str to str, ast.expr or list
        What takes the place of a name: another name, or an expression. A list takes the place
        of a line that is the name alone (statements), or of an argument with a star.

    Examples
    --------
    >>> from .printer import source
    >>> back = statements("top -= 1")
    >>> template = '''
    ...     while top > 0:
    ...         BACK
    ...         v = stack[top]
    ... '''
    >>> print(source(statements(template, v="total", BACK=back)))
    while top > 0:
        top -= 1
        total = stack[top]
    """
    return _block(_parsed(template), holes)


def _block(body, holes):
    return [s for node in body for s in _statement(node, holes)]


def _statement(node, holes):
    if isinstance(node, ast.Expr):
        value = node.value
        if isinstance(value, ast.Name) and isinstance(holes.get(value.id), list):
            return holes[value.id]
        return [Do(filled(value, holes))]
    if isinstance(node, ast.If):
        test = filled(node.test, holes)
        return [If(test, _block(node.body, holes), _block(node.orelse, holes))]
    if isinstance(node, ast.For):
        return [_loop(node, holes)]
    if isinstance(node, ast.While):
        return [While([], filled(node.test, holes), _block(node.body, holes))]
    if isinstance(node, ast.Return):
        return [Return(filled(node.value, holes))]
    if isinstance(node, ast.Raise):
        return [Raise(filled(node.exc, holes))]
    if isinstance(node, ast.Assign | ast.AugAssign):
        return [_assignment(node, holes)]
    assert isinstance(node, ast.Pass)
    return []


def _loop(node, holes):
    name, bounds = filled(node.target, holes).id, filled(node.iter.args, holes)
    if len(bounds) == 1:
        bounds.insert(0, constant(0, None))
    bounds += [constant(1, None)] * (3 - len(bounds))
    parallel = ast.unparse(node.iter.func) == "numba.prange"
    return For(name, *bounds, _block(node.body, holes), parallel=parallel)


def _assignment(node, holes):
    changed = isinstance(node, ast.AugAssign)
    target = filled(node.target if changed else node.targets[0], holes)
    value = filled(node.value, holes)
    adds = changed and isinstance(node.op, ast.Add)
    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
        if adds or not changed:
            array, index = target.value.id, index_parts(target.slice)
            if _is_all(target.slice):
                return Fill(array, value, adds)
            return Store(array, index, value, adds)
    if isinstance(target, ast.Name) and not changed:
        return Assign(target.id, value)
    return Set(target, value, {ast.Add: "+", ast.Sub: "-"}[type(node.op)] if changed else "")


def _is_all(index):
    """Tell whether an index is ``:``, all of an array."""
    return isinstance(index, ast.Slice) and not (index.lower or index.upper or index.step)

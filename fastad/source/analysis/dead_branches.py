"""Branches whose test is known when the program is made: the branch not taken is dropped.

Numba would drop it from the generated code, too. Then a list of kept arrays whose only ``append``
was in that branch would have no type.
"""

import ast
from collections import Counter

from ..ir.callees import COMPARED, is_number
from ..ir.statements import Assign, If, walk, with_blocks, written


class _Unknown(Exception):
    pass


def without_dead_branches(program):
    """Drop the branches of a program that are never taken, in place.

    Legal where the test reads only literals, global numbers (Numba takes their values when it
    compiles), and variables that a single statement binds, to a literal: then it has the same value
    whenever it is reached. Each live range must have a name of its own already.
    """
    before = None
    while before != (before := sum(isinstance(s, If) for s in walk(program.body))):
        program.body = _block(program.body, _known_values(program))  # a branch less: more is known


def _known_values(program):
    """Return the values of names that are the same wherever they are read."""
    bound = Counter(name for s in walk(program.body) for name in written(s))
    known = {n: v for n, v in program.namer.namespace.items() if is_number(v)}
    for s in walk(program.body):
        if isinstance(s, Assign) and bound[s.name] == 1 and s.name not in program.parameters:
            if isinstance(s.value, ast.Constant):
                known[s.name] = s.value.value
    return known


def _block(body, known):
    out = []
    for s in body:
        if isinstance(s, If):
            try:
                out += _block(s.body if _value(s.test, known) else s.orelse, known)
                continue
            except _Unknown:
                pass
        out.append(with_blocks(s, lambda block: _block(block, known)))
    return out


def _value(node, known):
    """Return the value of a test, or raise `_Unknown`."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name) and node.id in known:
        return known[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _value(node.operand, known)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, known)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARED:
        left, right = _value(node.left, known), _value(node.comparators[0], known)
        if is_number(left) and is_number(right):
            return COMPARED[type(node.ops[0])](left, right)
    if isinstance(node, ast.BoolOp):
        decisive = isinstance(node.op, ast.Or)
        for part in node.values:  # in order: what follows the deciding part is not evaluated
            if bool(_value(part, known)) == decisive:
                return decisive
        return not decisive
    raise _Unknown

"""Of which arrays a statement reads the items, and into which it writes.

The sets of what is read or needed hold names of variables, and for the items of all arrays in one
memory a token: ``y`` stands for the binding of the variable y, ``y[]`` for the items of its memory.
"""

import ast

from ..ir.callees import SHAPED_LIKE
from ..ir.expressions import called, names_in
from ..ir.statements import Array, Call, Fill, Store, expressions, is_array

_SHAPE_ONLY = {*SHAPED_LIKE, len}
_EXTENTS = ("shape", "size", "ndim")


def content(memory):
    """Return the token that stands for the items in an array's memory."""
    return f"{memory}[]"


def only_shape(call):
    """Tell whether a call reads an array's shape alone."""
    return called(call) in _SHAPE_ONLY


def array_parts(node):
    """Return the parts of an expression, without arrays of which it reads the shape alone."""
    if isinstance(node, ast.Attribute) and node.attr in _EXTENTS:
        return []
    parts = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Call) and only_shape(node):
        parts = [p for p in parts if not isinstance(p, ast.Name)]
    return parts


class Contents:
    """What the statements of a program read and write of arrays.

    Parameters
    ----------
    program : Program
    memory : callable
        From an array's name to the name of its memory.
    """

    def __init__(self, program, memory):
        self.program, self.types, self.memory = program, program.types, memory

    def read(self, node):
        """Return the tokens of the arrays whose items an expression reads."""
        if isinstance(node, ast.Name):
            t = self.types.get(node.id, getattr(node, "type", None))
            return {content(self.memory(node.id))} if is_array(t) else set()
        found = set()
        for part in array_parts(node):
            found |= self.read(part)
        return found

    def read_by(self, s):
        """Return the tokens of the arrays whose items a statement itself reads.

        Making a view reads no items.
        """
        found = set()
        for e in expressions(s):
            found |= self.read(e)
        if isinstance(s, Array) and s.kind == "view":
            return found - {content(self.memory(s.of))}
        return found

    def written_by(self, s):
        """Return the tokens of the arrays into which a statement itself writes."""
        if isinstance(s, Store | Fill):
            return {content(self.memory(s.array))}
        if isinstance(s, Call):
            into = (s.arguments[k] for k in self.program.calls[s.function].changes)
            return {content(self.memory(n)) for a in into for n in names_in(a)}
        return set()

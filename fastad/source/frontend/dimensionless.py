"""Arrays without dimensions: ``np.asarray(angle)`` of a number is that number again.

And the Ellipsis in an index, which may stand for no dimension.
"""

import ast

from numba.core import types

from ..ir import callees as known
from ..ir.expressions import INT, constant, index_parts, typed
from ..ir.statements import is_array

_ASKED = {"shape": None, "ndim": 0, "size": 1}


def is_dimensionless(t):
    """Tell whether a type is that of arrays without dimensions."""
    return isinstance(t, types.Array) and t.ndim == 0


def as_numbers(scope, argument_types):
    """Put numbers in place of a function's arrays without dimensions, in its tree.

    Legal where the function itself makes each of them of a number, by ``np.asarray`` or
    ``np.array``, and only operators and functions that return numbers read them: nothing is written
    into one, and none is an argument, passed on or returned. Otherwise the tree stays as it is.
    """
    tree = scope.tree
    found = [n for n in ast.walk(tree) if is_dimensionless(getattr(n, "type", None))]
    if not found or any(map(is_dimensionless, argument_types)):
        return
    if not all(_is_read(scope, parent, n) for parent, n in _children(tree) if n in found):
        return
    for n in found:
        n.type = n.type.dtype
    tree.variables = {
        name: t.dtype if is_dimensionless(t) else t for name, t in tree.variables.items()
    }
    _Asked().visit(tree)


def _children(tree):
    return ((parent, n) for parent in ast.walk(tree) for n in ast.iter_child_nodes(parent))


def _is_read(scope, parent, node):
    """Tell whether an array is a variable or made of a number, and its parent only reads it."""
    if isinstance(node, ast.Call) and not _makes(scope, node):
        return False
    if not isinstance(node, ast.Call | ast.Name):
        return False  # a view of an array
    if isinstance(parent, ast.Assign):
        return all(isinstance(t, ast.Name) for t in parent.targets)
    if isinstance(parent, ast.Call):
        function = scope.resolve(parent.func) if scope.is_global(parent.func) else None
        return _makes(scope, parent) or function in known.RULE_OF
    if isinstance(parent, ast.Attribute):
        return parent.attr in _ASKED
    return isinstance(parent, ast.BinOp | ast.UnaryOp | ast.Compare)


def _makes(scope, call):
    """Tell whether a call is that of ``np.asarray`` or ``np.array`` of one thing."""
    one = len(call.args) == 1 and not call.keywords and scope.is_global(call.func)
    return one and known.ARRAY_OF.get(scope.resolve(call.func)) in ("asarray", "copy")


class _Asked(ast.NodeTransformer):
    """Replace the attributes of numbers: ``shape`` is (), ``size`` and ``ndim`` are constants."""

    def visit_Attribute(self, node):
        self.generic_visit(node)
        if node.attr not in _ASKED or not isinstance(
            getattr(node.value, "type", None), types.Number
        ):
            return node
        if node.attr == "shape":
            return typed(ast.Tuple([], ast.Load()), node.type)
        return constant(_ASKED[node.attr], INT)

    def visit_BinOp(self, node):
        self.generic_visit(node)
        for part, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(part, ast.Tuple) and not part.elts and isinstance(node.op, ast.Add):
                return other
        return node


class SlicesForEllipsis(ast.NodeTransformer):
    """Write ``x[..., i]`` as ``x[:, i]``, with a slice for each dimension that the Ellipsis spans.

    Legal where all other indices are integers and slices. (With an integer for each dimension
    Numba's result is a number, and Python's an array without dimensions.)
    """

    def visit_Subscript(self, node):
        self.generic_visit(node)
        index, owner = index_parts(node.slice), getattr(node.value, "type", None)
        dots = [isinstance(i, ast.Constant) and i.value is ... for i in index]
        if sum(dots) != 1 or not is_array(owner) or not all(map(_is_plain, index)):
            return node
        if is_dimensionless(getattr(node, "type", None)):
            return node
        missing = owner.ndim - len(index) + 1
        k = dots.index(True)
        index[k : k + 1] = [typed(ast.Slice(), types.slice2_type) for _ in range(missing)]
        if len(index) == 1:
            node.slice = index[0]
        else:
            node.slice = typed(ast.Tuple(index, ast.Load()), None)
        return ast.fix_missing_locations(node)


def _is_plain(index):
    """Tell whether an index is a number, a slice or the Ellipsis."""
    if isinstance(index, ast.Slice) or (isinstance(index, ast.Constant) and index.value is ...):
        return True
    t = getattr(index, "type", None)
    return isinstance(t, types.Integer) or isinstance(getattr(index, "value", None), int)

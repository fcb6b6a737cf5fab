"""Functions and classes as values: which one a variable holds is what Numba's type of it says.

``apply(f, x)``, ``T = type(x)`` and ``steps[0](x)`` call what is known when they are lowered: there
is nothing to be computed, and the call becomes one of a global name.
"""

import ast

from numba.core import types
from numba.core.registry import cpu_target
from numba.np.numpy_support import as_dtype

from ..ir.statements import Unsupported, carries
from .scope import Part

_REFERENCES = (
    *(ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.UnaryOp, ast.Tuple, ast.Call),
    *(ast.expr_context, ast.unaryop),
)


def object_of(t):
    """Return the function or the class that all values of a Numba type are, or None."""
    if isinstance(t, types.Dispatcher):
        return t.dispatcher
    if isinstance(t, types.NumberClass):
        return as_dtype(t.instance_type).type
    if isinstance(t, types.Function):
        known = t.typing_key
        return known if type_of_object(known) == t else None
    return None


def is_by_item(t):
    """Tell whether each item of a tuple has a variable: it holds floats, or functions."""
    return carries(t) or any(object_of(part) is not None for part in t)


def type_of_object(value):
    """Return the Numba type of a global object, None of what has none."""
    try:
        return cpu_target.typing_context.resolve_value_type(value)
    except TypeError:  # what has no hash
        return None


class Objects(Part):
    """The part of the lowering that knows which functions variables hold."""

    def name_called(self):
        """Let each call of a variable, or of an item, that holds a function name that function."""
        for node in ast.walk(self.scope.tree):
            if not isinstance(node, ast.Call) or self.scope.is_global(node.func):
                continue
            known = object_of(getattr(node.func, "type", None))
            if known is not None:
                self.refuse_computed(node.func)
                node.func = ast.copy_location(self.scope.named(known), node.func)
            elif not isinstance(node.func, ast.Attribute):
                what = ast.unparse(node.func)
                raise Unsupported(f"which function {what} is, is not known beforehand", node)

    def refuse_computed(self, node):
        """Refuse what says which function is meant and computes something, too."""
        for n in ast.walk(node):
            call = isinstance(n, ast.Call)
            asks = call and self.scope.is_global(n.func) and self.scope.resolve(n.func) is type
            if not isinstance(n, _REFERENCES) or (call and not asks):
                raise Unsupported(
                    f"{ast.unparse(node)} computes something, and is a function or a type; give "
                    "what it computes a name before",
                    node,
                )

    def given(self, node):
        """Return the type of an expression that is a function or a class, None of another."""
        t = getattr(node, "type", None)
        if t is None and self.scope.is_global(node):
            t = type_of_object(self.scope.resolve(node))
        if object_of(t) is None:
            return None
        self.refuse_computed(node)
        return t

"""Functions and classes as values: Numba's type of a variable says which one it holds.

So the callee of ``f(x)``, with f a parameter, of ``T = type(y)``, ``T(x)`` and of ``steps[0](x)``
is known when the call is lowered, and the call becomes one of a global name.
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
    """Return the function or class of which a Numba type is the type, or None."""
    if isinstance(t, types.Dispatcher):
        return t.dispatcher
    if isinstance(t, types.NumberClass):
        return as_dtype(t.instance_type).type
    if isinstance(t, types.Function):
        known = t.typing_key
        return known if type_of_object(known) == t else None
    return None


def is_by_item(t):
    """Tell whether a tuple becomes a variable for each item: it holds floats or functions."""
    return carries(t) or any(object_of(part) is not None for part in t)


def type_of_object(value):
    """Return the Numba type of a global object, or None."""
    try:
        return cpu_target.typing_context.resolve_value_type(value)
    except TypeError:  # it cannot be hashed
        return None


class Objects(Part):
    """The part of the lowering that knows which functions variables hold."""

    def name_called(self):
        """Name the function in each call whose callee is a variable or an item that holds it."""
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
        """Refuse a callee that is found by computing something else as well."""
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
        """Return the type of an expression that is a function or a class, else None."""
        t = getattr(node, "type", None)
        if t is None and self.scope.is_global(node):
            t = type_of_object(self.scope.resolve(node))
        if object_of(t) is None:
            return None
        self.refuse_computed(node)
        return t

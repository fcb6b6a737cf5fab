"""The terms of a rule's derivative: partials, and the products by which they are multiplied.

Each mode multiplies partials by tangents or by cotangents, in a language of its own: Jets, the
tape's expressions, statements of an adjoint, expressions of a tangent.  Which partials are
multiplied, and by which product, is read off the row here (``strong``, ``weighs`` and ``selects``
say which zeros are strong, see `fastad.rules.table`).

Source transformation asks for more strong zeros where `fastad.source.analysis.steepness` finds that
a derivative may be infinite; the tapes sweep again, with both zeros strong, if a result is NaN.
"""

import ast
import functools
from typing import NamedTuple

from . import primals

_CONSTANTS = {"1.0": 1, "-1.0": -1}
PRODUCTS = ("", "weigh", "scale", "select")  # strong zeros: none, the partial, the tangent, both


def stronger(a, b):
    """Return the one of `PRODUCTS` that has the strong zeros of both of two of them."""
    return PRODUCTS[PRODUCTS.index(a) | PRODUCTS.index(b)]


class Term(NamedTuple):
    """One argument's share of a rule's derivative: a partial times a tangent or a cotangent.

    Attributes
    ----------
    argument : int
        The position of the argument. (Arguments by which the derivative is 0 everywhere have no
        term.)
    partial : str
        The partial derivative, an expression of the table.
    sign : int
        1 or -1 if the partial is that number, so that nothing is multiplied; else 0.
    product : str
        The function that multiplies the two: "scale", for which a zero tangent or cotangent is a
        strong zero; "select", for which a zero partial is one, too; "" for IEEE's product.
    weighs : bool
        Whether "weigh", for which a zero partial is a strong zero, is the product if the tangent
        may be infinite.
    reads : frozenset of str
        Those of "x", "y" and the result "r" that the partial reads.

    Examples
    --------
    >>> from fastad.rules import BY_NAME
    >>> [(t.argument, t.partial, t.sign, t.product) for t in terms(BY_NAME["truediv"])]
    [(0, '1.0 / y', 0, 'scale'), (1, '-r / y', 0, 'scale')]
    >>> [(t.argument, t.sign) for t in terms(BY_NAME["sub"])]
    [(0, 1), (1, -1)]
    >>> terms(BY_NAME["floordiv"])
    ()
    """

    argument: int
    partial: str
    sign: int
    product: str
    weighs: bool
    reads: frozenset

    def factor(self, replacements=None):
        """Return the partial as source for compiled code; ``replacements`` maps names to source."""
        return compiled(self.partial, replacements, ieee=True)

    def times(self, moved, factor, product=""):
        """Return the source of the partial times the tangent or cotangent `moved`.

        `factor` is the source of the partial: a name, a call, or in parentheses. `product` is one
        of `PRODUCTS`, whose strong zeros are added to those of the rule's own.
        """
        if self.sign:
            return moved if self.sign > 0 else f"-{moved}"
        product = stronger(self.product, product)
        return f"{product}({factor}, {moved})" if product else f"{factor} * {moved}"


@functools.cache
def terms(rule):
    """Return the terms of a rule's derivative, in the order of the arguments."""
    product = ("select" if rule.selects else "scale") if rule.strong else ""
    return tuple(
        Term(k, p, _CONSTANTS.get(p, 0), product, rule.weighs, names(p) & {"x", "y", "r"})
        for k, p in enumerate(rule.partials)
        if p not in (None, "0.0")
    )


# ---- Expressions of the table as source ----


def names(expression):
    """Return the set of names that an expression reads."""
    return frozenset(n.id for n in ast.walk(ast.parse(expression)) if isinstance(n, ast.Name))


@functools.cache
def function_names():
    """Return the names of functions that the expressions of the table may call."""
    return frozenset(primals.interpreter_namespace())


def compiled(expression, replacements=None, ieee=False):
    """Return an expression that calls compiled code's functions: ``sin_(x)`` for ``sin(x)``."""
    return rewrite(expression, {f: f"{f}_" for f in function_names()} | (replacements or {}), ieee)


def rewrite(expression, replacements=None, ieee=False):
    """Return an expression with names replaced and, with ``ieee``, IEEE's division."""
    tree = ast.parse(expression, mode="eval")
    if replacements:
        tree = _Substitution(replacements).visit(tree)
    if ieee:
        tree = _IEEEDivision().visit(tree)
    return ast.unparse(ast.fix_missing_locations(tree))


class _IEEEDivision(ast.NodeTransformer):
    """Write ``a / b`` as ``divide(a, b)``, which is infinite where Python's raises.

    A derivative may be infinite where the primal is finite (``sqrt`` at 0), and then it
    must not raise because the caller compiles with Python's error model.
    """

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.Div):
            return ast.Call(ast.Name("divide", ast.Load()), [node.left, node.right], [])
        return node


class _Substitution(ast.NodeTransformer):
    """Replace names by expressions."""

    def __init__(self, replacements):
        self.replacements = replacements

    def visit_Name(self, node):
        text = self.replacements.get(node.id)
        return node if text is None else ast.parse(text, mode="eval").body

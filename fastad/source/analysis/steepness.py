"""Where a derivative may be infinite, or NaN, though all values are finite.

The square root is steep at 0, and so is what it is a function of, and what is made from it.  There
a product of a partial that is zero with a tangent or a cotangent that is infinite counts as zero,
as it does in the other order: ``x * sqrt(x)`` and ``sqrt(x * x)`` have derivative 0 at 0 in every
mode.  Elsewhere the product is IEEE's, and costs no test.
"""

import ast

from ...rules.table import BY_NAME
from ..ir.expressions import literal
from .activity import flows, operands


def is_steep(node, active):
    """Tell whether an operation's partials may be infinite at finite arguments and result."""
    name = getattr(node, "rule", None) or getattr(node, "operation", None)
    row = BY_NAME.get(name)
    if row is None or not row.steep or not flows(node) & active:
        return False
    if name != "pow":
        return True
    exponent = literal(operands(node)[1])
    return exponent is None or 0 < exponent < 1 or exponent < 0


class Steepness:
    """Whose tangents, and whose adjoints may be infinite; by what these are multiplied.

    Parameters
    ----------
    activity : Activity

    Attributes
    ----------
    tangents, adjoints : set of str
        Of ``r = sqrt(s)`` the tangent of r may be infinite and of all that is computed from r, and
        the adjoint of s and of all that s was computed from.
    """

    def __init__(self, activity):
        active, after, before = activity.active, set(), set()
        # Of what `where` leaves out a value may be inf, and the adjoint is a zero.
        self.selected = False
        for s in activity.statements:
            value = getattr(s, "value", None)
            self.selected |= getattr(value, "operation", "") == "where"
            for node in ast.walk(value) if value else ():
                if is_steep(node, active):
                    after |= activity.edges(s)[1]
                    before |= flows(node)
        self.tangents = activity.closed(after, forward=True) & active if after else set()
        self.adjoints = activity.closed(before, forward=False) & active if before else set()

    def product(self, name):
        """Return by what the cotangent of a variable is multiplied at least.

        One of `fastad.rules.terms.PRODUCTS`.
        """
        if name in self.adjoints:
            return "select"
        return "scale" if self.selected else ""

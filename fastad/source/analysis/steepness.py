"""Where a derivative may be infinite, or NaN, though all values are finite.

An operation is steep if one of its partials may be infinite or NaN at finite arguments with a
finite result, as that of ``sqrt`` at 0.  The tangent of its result may then be infinite, and that
of all that is computed from the result; so may the adjoint of its argument, and that of all from
which the argument was computed.  In products with these, zeros are strong: ``x * sqrt(x)`` and
``sqrt(x * x)`` have derivative 0 at 0 in every mode.  Other products are IEEE's, without a test.
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
    """The variables with tangents, and those with adjoints, that may be infinite.

    Parameters
    ----------
    activity : Activity

    Attributes
    ----------
    tangents : set of str
        For each ``r = sqrt(s)`` r, and the active variables that are computed from r.
    adjoints : set of str
        For each ``r = sqrt(s)`` s, and the active variables from which s was computed.
    """

    def __init__(self, activity):
        active, after, before = activity.active, set(), set()
        # An item that `where` did not select may be inf; its adjoint, 0, must be a strong zero.
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
        """Return the product, of `fastad.rules.terms.PRODUCTS`, for a variable's cotangent.

        A rule may ask for one with more strong zeros.
        """
        if name in self.adjoints:
            return "select"
        return "scale" if self.selected else ""

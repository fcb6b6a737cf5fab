"""The adjoint of one scalar expression: where its cotangent goes."""

import ast
import contextlib
import math

from ...rules.table import BY_NAME, Rule
from ...rules.terms import stronger, terms
from ..analysis.activity import operands
from ..analysis.steepness import is_steep
from ..ir.expressions import (
    call,
    constant,
    expression,
    is_atom,
    is_number,
    literal,
    load,
    name_or_copy,
    names_in,
    negative,
    product,
    text,
    without_minus,
)
from ..ir.statements import Assign, If, Set, Unsupported

# The products of `fastad.rules.terms` as rows: they stand in tangent programs, which are
# differentiated again for second derivatives.
_ANY = (-math.inf, math.inf)
_PRODUCTS = {
    "scale": Rule("scale", "x * y", ("y", "x"), (_ANY, _ANY)),
    "weigh": Rule("weigh", "x * y", ("y", "x"), (_ANY, _ANY), selects=True),
    # In tangents only selecting rules use it, whose partials x are constant: their derivative is 0.
    "select": Rule("select", "x * y", ("0.0", "x"), (_ANY, _ANY), selects=True),
}


def row_of(name):
    """Return the row of the rule table of an operation in the representation."""
    return BY_NAME.get(name) or _PRODUCTS[name]


class Pullback:
    """Statements that carry a cotangent from an expression to its variables.

    Parameters
    ----------
    activity : Activity
    bars : dict of str to str or ast.expr
        Active variable -> its adjoint.
    fresh : callable
        From a hint to a new name.
    product : str
        One of `fastad.rules.terms.PRODUCTS`; a rule may ask for one with more strong zeros.

    Attributes
    ----------
    body : list of statements
    uses : set of str
        Names of scalars and arrays that the body reads, and tokens of arrays' items.
    uses_result : bool
        Whether the body reads the expression's value, by the name ``result``.
    """

    def __init__(self, activity, bars, fresh, product=""):
        self.activity, self.bars, self.fresh, self.product = activity, bars, fresh, product
        self.body, self.uses, self.uses_result = [], set(), False
        self.result, self.root = None, None

    def read(self, node):
        """Add to ``uses`` what an expression reads; return the expression."""
        self.uses |= names_in(node) | self.activity.items_read(node)
        return node

    def pull(self, node, bar, result=None):
        """Add ``bar`` times the derivative of an expression to its variables' adjoints.

        Parameters
        ----------
        node : ast.expr
        bar : str or ast.expr
            The cotangent.
        result : str, optional
            A variable that holds the expression's value.
        """
        self.result, self.root = result, node
        self.node(node, name_or_copy(bar))
        return self

    def node(self, node, bar):
        if not self.activity.is_active(node):
            return
        if isinstance(node, ast.Name):
            self.add(name_or_copy(self.bars[node.id]), bar)
        elif isinstance(node, ast.Subscript):
            index = self.read(node.slice)
            self.uses.add(node.value.id)
            self.add(ast.Subscript(name_or_copy(self.bars[node.value.id]), index, ast.Load()), bar)
        elif getattr(node, "rule", None):
            self.rule(node, bar)
        elif isinstance(node, ast.IfExp):
            self.chosen(node, self.let(bar, "b"))
        else:
            raise Unsupported(f"no derivative of {text(node)}", node)

    def chosen(self, node, bar):
        """Pull ``a if test else b`` by a branch: the other one may be infinite or have no value."""
        outer, branches = self.body, []
        for part in (node.body, node.orelse):
            self.body = []
            self.node(part, bar)
            branches.append(self.body)
        self.body = outer
        if any(branches):
            self.body.append(If(self.read(node.test), *branches))

    def add(self, target, bar):
        positive = without_minus(bar)
        if positive is None:
            self.body.append(Set(target, bar, "+"))
        else:
            self.body.append(Set(target, positive, "-"))

    def let(self, node, hint):
        """Assign an expression to a new variable, unless it is a name or a number."""
        if isinstance(node, ast.Name) or is_number(node):
            return node
        name = self.fresh(hint)
        self.body.append(Assign(name, node))
        return load(name)

    def operand(self, node):
        """Return an operand's value: itself if it is simple, else a new variable."""
        value = self.read(node)
        return value if is_atom(node) or isinstance(node, ast.Subscript) else self.let(value, "v")

    def rule(self, node, bar):
        rule = row_of(node.rule)
        arguments = operands(node)
        if node.rule == "pow" and literal(arguments[1]) is not None:
            return self.constant_power(node, *arguments, bar)
        if node.rule == "truediv" and not self.activity.is_active(arguments[1]):
            return self.node(arguments[0], self.quotient(bar, arguments[1]))
        live = [t for t in terms(rule) if self.activity.is_active(arguments[t.argument])]
        if len(live) > 1 or any("if" in t.partial for t in live):
            bar = self.let(bar, "b")
        reads, values = set().union(*(t.reads for t in live)), {}
        for letter, argument in zip("xy", arguments, strict=False):
            if letter in reads:
                values[letter] = self.operand(argument)
        if "r" in reads:
            values["r"] = self.value(node)
        shares = [(arguments[t.argument], self.term(t, values, bar)) for t in live]
        with self.below(node):
            for argument, share in shares:
                self.node(argument, share)

    @contextlib.contextmanager
    def below(self, node):
        """Make zeros strong for the operands of an operation if it is steep."""
        outer = self.product
        if is_steep(node, self.activity.active):
            self.product = "select"
        yield
        self.product = outer

    def quotient(self, bar, divisor):
        """Return ``bar / divisor`` for a divisor that is not active."""
        divisor = self.read(divisor)
        if isinstance(divisor, ast.Constant) and divisor.value:
            return ast.BinOp(bar, ast.Div(), divisor)
        return expression("scale(divide(1.0, y), b)", y=divisor, b=bar)

    def term(self, term, values, bar):
        if term.sign:
            return bar if term.sign > 0 else negative(bar)
        factor = expression(term.factor(), **values)
        return self.times(bar, factor, term.product)

    def times(self, bar, factor, least=""):
        """Return the product of a cotangent and a partial, with all strong zeros asked for."""
        name = stronger(self.product, least)
        return call(name, [factor, bar]) if name else product(bar, factor)

    def value(self, node):
        """Return the value of an operation: ``result`` for the root, else a new variable."""
        if node is self.root and self.result is not None:
            self.uses_result = True
            return load(self.result)
        return self.let(self.read(node), "v")

    def constant_power(self, node, base, exponent, bar):
        exponent = literal(exponent)
        if exponent == 0 or not self.activity.is_active(base):
            return
        x = self.operand(base)
        if exponent == 1:
            return self.node(base, bar)
        if exponent == 2:
            factor = expression("2.0 * x", x=x)
        else:
            whole = isinstance(exponent, int) and exponent > 1
            n = constant(float(exponent) if whole else exponent, None)
            factor = expression("n * x ** less", n=n, x=x, less=constant(exponent - 1, None))
            if not whole:
                bar = self.times(bar, factor, "scale")
                with self.below(node):
                    return self.node(base, bar)
        self.node(base, self.times(bar, factor))

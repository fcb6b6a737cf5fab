"""The adjoint of one scalar expression: where its cotangent goes."""

import ast
import math

from ...rules.table import BY_NAME, Rule
from ...rules.terms import terms
from ..analysis.activity import operands
from ..ir.statements import Unsupported, names_in

# What tangents multiply by, where zeros are strong (see the rule table); they are
# differentiated again for second derivatives.
_ANY = (-math.inf, math.inf)
_PRODUCTS = {
    "scale": Rule("scale", "x * y", ("y", "x"), (_ANY, _ANY)),
    "select": Rule("select", "x * y", ("0.0", "x"), (_ANY, _ANY), selects=True),
}


def row_of(name):
    """Return the row of the rule table of an operation in the representation."""
    return BY_NAME.get(name) or _PRODUCTS[name]


def tidy(source):
    """Return an expression without needless parentheses."""
    return ast.unparse(ast.parse(source, mode="eval"))


def product(a, b):
    """Return the source of a product."""
    if a == "1.0":
        return b
    if b == "1.0":
        return a
    if a == "-1.0":
        return negative(b)
    return tidy(f"({a}) * ({b})")


def negative(a):
    """Return the source of ``-a``."""
    positive = without_minus(a)
    return tidy(f"-({a})") if positive is None else positive


def is_atom(node):
    """Tell whether an expression is a name or a literal."""
    return isinstance(node, ast.Name | ast.Constant)


class Pullback:
    """Statements that carry a cotangent from an expression to its variables.

    Attributes
    ----------
    lines : list of str
    uses : set of str
        Names of scalars and arrays that the lines read, and tokens of array contents.
    uses_result : bool
        Whether the lines read the expression's value under its result's name.
    """

    def __init__(self, activity, bars, fresh):
        self.activity, self.bars, self.fresh = activity, bars, fresh
        self.selected = activity.selected
        self.lines, self.uses, self.uses_result = [], set(), False
        self.result, self.root = None, None

    def read(self, node):
        """Note what evaluating an expression reads."""
        self.uses |= names_in(node) | self.activity.items_read(node)
        return ast.unparse(node)

    def pull(self, node, bar, result=None):
        """Add ``bar`` times the derivative of an expression to its variables' adjoints.

        Parameters
        ----------
        node : ast.expr
        bar : str
            The source of the cotangent.
        result : str, optional
            A name that holds the expression's value.
        """
        self.result, self.root = result, node
        self.node(node, bar)
        return self

    def node(self, node, bar):
        if not self.activity.is_active(node):
            return
        if isinstance(node, ast.Name):
            self.add(self.bars[node.id], bar)
        elif isinstance(node, ast.Subscript):
            index = self.read(node.slice)
            self.uses.add(node.value.id)
            self.add(f"{self.bars[node.value.id]}[{index}]", bar)
        elif getattr(node, "rule", None):
            self.rule(node, bar)
        elif isinstance(node, ast.IfExp):
            bar, test = self.let(bar, "b"), self.read(node.test)
            self.node(node.body, f"({bar} if {test} else 0.0)")
            self.node(node.orelse, f"(0.0 if {test} else {bar})")
        else:
            raise Unsupported(f"no derivative of {ast.unparse(node)}", node)

    def add(self, target, bar):
        positive = without_minus(bar)
        if positive is None:
            self.lines.append(f"{target} += {bar}")
        else:
            self.lines.append(f"{target} -= {positive}")

    def let(self, source, hint):
        """Give an expression's source a name, unless it is one."""
        if source.isidentifier() or _is_number(source):
            return source
        name = self.fresh(hint)
        self.lines.append(f"{name} = {source}")
        return name

    def operand(self, node):
        """Return the source of an operand's value, a variable if it is not simple."""
        source = self.read(node)
        return source if is_atom(node) or isinstance(node, ast.Subscript) else self.let(source, "v")

    def rule(self, node, bar):
        rule = row_of(node.rule)
        arguments = operands(node)
        if node.rule == "pow" and isinstance(arguments[1], ast.Constant):
            return self.constant_power(node, arguments, bar)
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
        for term in live:
            self.node(arguments[term.argument], self.term(term, values, bar))

    def quotient(self, bar, divisor):
        """``bar / divisor`` where the divisor is not differentiated."""
        source = self.read(divisor)
        if isinstance(divisor, ast.Constant) and divisor.value:
            return tidy(f"({bar}) / {source}")
        return f"scale(divide(1.0, {source}), {bar})"

    def term(self, term, values, bar):
        if term.sign:
            return bar if term.sign > 0 else negative(bar)
        factor = term.factor(values)
        return term.times(bar, factor) if term.product else self.times(bar, factor)

    def times(self, bar, factor):
        """Return the product with a factor that is finite, but of an item not selected."""
        return f"scale({factor}, {bar})" if self.selected else product(bar, factor)

    def value(self, node):
        """Return the source of the value of an operation itself."""
        if node is self.root and self.result is not None:
            self.uses_result = True
            return self.result
        return self.let(self.read(node), "v")

    def constant_power(self, node, arguments, bar):
        base, exponent = arguments[0], arguments[1].value
        if exponent == 0 or not self.activity.is_active(base):
            return
        x = self.operand(base)
        if exponent == 1:
            self.node(base, bar)
        elif exponent == 2:
            self.node(base, self.times(bar, f"2.0 * {x}"))
        elif isinstance(exponent, int) and exponent > 1:
            self.node(base, self.times(bar, f"{exponent}.0 * {x} ** {exponent - 1}"))
        else:
            self.node(base, f"scale({exponent!r} * {x} ** {exponent - 1!r}, {bar})")


def _is_number(source):
    try:
        float(source)
    except ValueError:
        return False
    return True


def without_minus(source):
    """Return the source of ``-source`` where a product begins with a minus, else None."""
    tree = ast.parse(source, mode="eval").body
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        return ast.unparse(tree.operand)
    node = tree
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        if isinstance(node.left, ast.UnaryOp) and isinstance(node.left.op, ast.USub):
            node.left = node.left.operand
            return ast.unparse(tree)
        node = node.left
    return None

"""The tangents of expressions of numbers, by the partial derivatives of the rule table."""

import ast

from numba.core import types

from ...rules.partials import CONSTANTS
from ...rules.table import BY_NAME
from ...rules.terms import stronger, terms
from ..analysis.activity import flows, operands
from ..analysis.steepness import is_steep
from ..ir.callees import OPERATORS
from ..ir.expressions import INT, clone, constant, literal, load, typed, without_minus
from ..ir.statements import Unsupported
from ..reverse.expressions import row_of

FLOAT = types.float64


def number(node, rule=None):
    """Give an expression the type of a float, and its row of the rule table; return it."""
    return typed(node, FLOAT, rule)


def call(name, arguments, rule):
    """Return a call of a function of numbers, given its name in the generated code."""
    return number(ast.Call(load(name), arguments, []), rule)


class _Partial:
    """A partial derivative of the rule table as an expression of the representation."""

    def __init__(self, values):
        self.values = values  # x, y and r of the table -> expressions

    def node(self, n):
        if isinstance(n, ast.Constant):
            return constant(n.value, INT if isinstance(n.value, int) else FLOAT)
        if isinstance(n, ast.Name):
            return load(n.id, FLOAT) if n.id in CONSTANTS else clone(self.values[n.id])
        if isinstance(n, ast.Compare):
            sides = [self.node(c) for c in n.comparators]
            return typed(ast.Compare(self.node(n.left), n.ops, sides), types.boolean)
        if isinstance(n, ast.BoolOp):
            return typed(ast.BoolOp(n.op, [self.node(v) for v in n.values]), types.boolean)
        if isinstance(n, ast.IfExp):
            parts = (self.node(p) for p in (n.test, n.body, n.orelse))
            return number(ast.IfExp(*parts))
        if isinstance(n, ast.UnaryOp):
            operand = self.node(n.operand)
            return typed(ast.UnaryOp(n.op, operand), operand.type, "neg")
        if isinstance(n, ast.BinOp):
            left, right = self.node(n.left), self.node(n.right)
            if isinstance(n.op, ast.Div) and not isinstance(right, ast.Constant):
                return call("divide", [left, right], "truediv")  # inf where Python's raises
            t = INT if left.type == right.type == INT else FLOAT
            return typed(ast.BinOp(left, n.op, right), t, OPERATORS[type(n.op).__name__])
        name = n.func.id
        return call(f"{name}_", [self.node(a) for a in n.args], name if name in BY_NAME else None)


class Numbers:
    """The part of `tangent.Tangents` that deals with expressions."""

    def dot(self, node, result=None):
        """Return the tangent of an expression, or None for zero.

        ``result`` is a variable that holds the expression's value, or None.
        """
        if not self.activity.is_active(node):
            return None
        if isinstance(node, ast.Name):
            return load(self.dots[node.id], node.type)
        if isinstance(node, ast.Subscript):
            index = clone(node.slice)
            array = load(self.dots[node.value.id], node.value.type)
            return typed(ast.Subscript(array, index, ast.Load()), node.type)
        if getattr(node, "rule", None):
            return self.rule(node, result)
        raise Unsupported(f"no derivative of {ast.unparse(node)}", node)

    def rule(self, node, result):
        rule, arguments = row_of(node.rule), operands(node)
        if node.rule == "pow" and literal(arguments[1]) is not None:
            return self.constant_power(*arguments)
        values = dict(zip("xy", arguments, strict=False))
        values["r"] = node if result is None else load(result, node.type)
        shares = []
        for t in terms(rule):
            dot = self.dot(arguments[t.argument])
            if dot is not None:
                weighed = t.weighs and self.steep(arguments[t.argument])
                shares.append(self.term(t, values, dot, weighed))
        return self.sum(shares)

    def steep(self, node):
        """Tell whether the tangent of an expression may be infinite."""
        if flows(node) & self.steepness.tangents:
            return True
        return any(is_steep(n, self.activity.active) for n in ast.walk(node))

    def term(self, term, values, dot, weighed):
        """Return (sign, expression) of a partial derivative times a tangent.

        If ``weighed``, a zero partial is a strong zero.
        """
        if term.sign:
            return term.sign, dot
        factor = _Partial(values).node(ast.parse(term.partial, mode="eval").body)
        sign, positive = 1, without_minus(factor)
        if positive is not None:
            sign, factor = -1, positive
        if weighed:  # "weigh": its own derivative, unlike that of "select", is by the partial, too
            return sign, call(stronger(term.product, "weigh"), [factor, dot], "weigh")
        if term.product:
            return sign, call(term.product, [factor, dot], term.product)
        return sign, number(ast.BinOp(dot, ast.Mult(), factor), "mul")

    def sum(self, shares):
        if not shares:
            return None
        sign, total = shares[0]
        if sign < 0:
            total = number(ast.UnaryOp(ast.USub(), total), "neg")
        for sign, term in shares[1:]:
            op, name = (ast.Add(), "add") if sign > 0 else (ast.Sub(), "sub")
            total = number(ast.BinOp(total, op, term), name)
        return total

    def constant_power(self, base, exponent):
        n, dot = literal(exponent), self.dot(base)
        if n == 0 or dot is None:
            return None
        if n == 1:
            return dot
        factor = constant(float(n), FLOAT)
        power = clone(base)
        if n != 2:
            less = constant(n - 1, exponent.type)
            power = number(ast.BinOp(power, ast.Pow(), less), "pow")
        factor = number(ast.BinOp(factor, ast.Mult(), power), "mul")
        if isinstance(n, int) and n > 1:
            return number(ast.BinOp(dot, ast.Mult(), factor), "mul")
        return call("scale", [factor, dot], "scale")

    def reads_result(self, node):
        """Tell whether an operation's tangent reads its result."""
        name = getattr(node, "rule", None)
        if name is None or (name == "pow" and literal(operands(node)[1]) is not None):
            return False
        return any(
            "r" in t.reads and self.activity.is_active(operands(node)[t.argument])
            for t in terms(row_of(name))
        )

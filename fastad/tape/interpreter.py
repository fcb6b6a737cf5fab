"""An interpreter for recorded operations, generated from the rule table."""

import functools

import numpy as np
from numba.extending import overload, register_jitable

from ..rules import codegen
from ..rules.table import COMPARISONS, RULES
from ..rules.terms import compiled, terms
from .overloads import ieee_divide
from .sweeps import strong_product
from .trace import CONSTANT, CONVERSIONS, CONVERTED, GUARDS, RULE_CODES

# The operations that the interpreter's loops compute inline. The others are function calls, which
# run slower, but compile much faster.
FREQUENT = (
    *("add", "sub", "mul", "truediv", "neg", "square", "sqrt", "exp", "log"),
    *("min", "max"),
)
SYMBOL = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}


def switch(cases, indent):
    """Return the lines of a choice among (condition, lines) by ``if`` and ``elif``."""
    lines = []
    for k, (condition, body) in enumerate(cases):
        lines.append(f"{'elif' if k else 'if'} {condition}:")
        lines += ["    " + line for line in body]
    return [" " * indent + line for line in lines]


def primal_cases():
    """Return (code, expression) of the frequent operations."""
    return [
        (RULE_CODES[rule.name], compiled(rule.primal)) for rule in RULES if rule.name in FREQUENT
    ]


def evaluate_source():
    """Return the source of the function that computes any operation that is not frequent."""
    cases = [
        (f"code == {RULE_CODES[rule.name]}", [f"return {compiled(rule.primal)}"])
        for rule in RULES
        if rule.name not in FREQUENT
    ]
    return "\n".join(["def evaluate(code, x, y):", *switch(cases, 4), "    return 0.0"]) + "\n"


def differentiate_source():
    """Return the source of the function that computes any of their partial derivatives."""
    cases = [
        (f"which == {2 * RULE_CODES[rule.name] + t.argument}", [f"return {t.factor()}"])
        for rule in RULES
        if rule.name not in FREQUENT
        for t in terms(rule)
    ]
    lines = ["def differentiate(which, x, y, r):", *switch(cases, 4), "    return 0.0"]
    return "\n".join(lines) + "\n"


def forward_source():
    """Return the source of the replay, which returns False if a comparison's outcome changed."""
    cases = [(f"code == {code}", [f"values[s] = {primal}"]) for code, primal in primal_cases()]
    cases.append((f"code == {CONSTANT}", ["continue"]))
    cases.append((f"code < {GUARDS}", ["values[s] = evaluate(code, x, y)"]))
    for k, name in enumerate(COMPARISONS):
        for outcome in (0, 1):
            changed = f"x {SYMBOL[name]} y" if outcome == 0 else f"not (x {SYMBOL[name]} y)"
            body = [f"if {changed}:", "    return False"]
            cases.append((f"code == {GUARDS + 2 * k + outcome}", body))
    rounded = {"int": "trunc_(x)", "floor": "floor_(x)", "ceil": "ceil_(x)", "trunc": "trunc_(x)"}
    for k, name in enumerate(CONVERSIONS):
        body = [f"if {rounded[name]} != values[s]:", "    return False"]
        cases.append((f"code == {CONVERTED + k}", body))
    lines = [
        "def run_forward(codes, operands, values, first, last):",
        "    for s in range(first, last):",
        "        code = codes[s]",
        # Unsigned, so that Numba leaves out the test for a negative index.
        "        x = values[unsigned(operands[s, 0])]",
        "        y = values[unsigned(operands[s, 1])]",
    ]
    return "\n".join([*lines, *switch(cases, 8), "    return True"]) + "\n"


def backward_source():
    """Return the source of the reverse sweep; its last argument makes zeros strong."""
    cases = []
    for rule in RULES:
        if rule.name in FREQUENT:
            shares = [
                (t.argument, t.times("v", "") if t.sign else f"times(v, {t.factor()}, strong)")
                for t in terms(rule)
            ]
            body = [f"adjoints[{'ij'[side]}] += {share}" for side, share in shares]
            cases.append((f"code == {RULE_CODES[rule.name]}", body))
    cases.append((f"code == {CONSTANT}", ["continue"]))
    other = [
        f"adjoints[{operand}] += times(v, differentiate(2 * code + {side}, x, y, r), strong)"
        for side, operand in enumerate("ij")
    ]
    cases.append((f"code < {GUARDS}", other))
    lines = [
        "def run_backward(codes, operands, values, adjoints, first, last, strong):",
        "    for s in range(last - 1, first - 1, -1):",
        "        v = adjoints[s]",
        "        if v == 0.0:",
        "            continue",
        "        adjoints[s] = 0.0",
        "        i, j = unsigned(operands[s, 0]), unsigned(operands[s, 1])",
        "        code, x, y, r = codes[s], values[i], values[j], values[s]",
    ]
    return "\n".join([*lines, *switch(cases, 8)]) + "\n"


@register_jitable
def _times(v, p, strong):
    """Return ``v * p``; if `strong`, a zero of either is a strong zero."""
    return strong_product(v, p) if strong else v * p


def lazy(source, name, arguments, kernels=()):
    """Return a function for compiled code, whose source is generated when it is first compiled."""

    @functools.cache
    def made():
        scope = codegen.number_namespace() | dict(kernels)
        scope |= {"divide": ieee_divide, "times": _times, "unsigned": np.uint32}
        return codegen.compile_source(source(), name, scope)

    stub = codegen.compile_source(
        f"def {name}({arguments}):\n    raise NotImplementedError\n", name, {}
    )
    typed = codegen.compile_source(
        f"def {name}({arguments}):\n    return made()\n", name, {"made": made}
    )
    overload(stub)(typed)
    return stub


evaluate = lazy(evaluate_source, "evaluate", "code, x, y")
differentiate = lazy(differentiate_source, "differentiate", "which, x, y, r")
_OTHERS = {"evaluate": evaluate, "differentiate": differentiate}
run_forward = lazy(forward_source, "run_forward", "codes, operands, values, first, last", _OTHERS)
run_backward = lazy(
    backward_source,
    "run_backward",
    "codes, operands, values, adjoints, first, last, strong",
    _OTHERS,
)

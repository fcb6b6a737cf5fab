"""Statements as Python source: the one printer."""

import ast

from .expressions import literal, text
from .statements import (
    TOPS,
    Array,
    Assign,
    Call,
    Comment,
    Do,
    Fill,
    For,
    If,
    Raise,
    Return,
    Room,
    Ruled,
    Set,
    Store,
    While,
    sum_term,
)


def function_source(function, not_negative=()):
    """Return the source of a `Function`; its decorator gets the names of ``not_negative``."""
    decorated = ", ".join(f'"{n}"' for n in sorted(not_negative or ()))
    header = f"def {function.name}({', '.join(function.parameters)}):"
    return f"@{function.kind}({decorated})\n{header}\n{source(function.body, 1)}\n"


def source(body, depth=0):
    """Return statements as lines of source.

    Examples
    --------
    >>> from .templates import statements
    >>> print(source(statements("for i in range(n): y[i] += f(x, i)", n="m")))
    for i in range(m):
        y[i] += f(x, i)
    """
    return "\n".join("    " * depth + line for line in lines(body))


def lines(body):
    """Return the lines of statements."""
    found = []
    for s in body:
        found += _PRINTERS[type(s)](s)
    return found


def _block(body):
    return [f"    {line}" for line in lines(body) or ["pass"]]


def _assign(s):
    term = sum_term(s)
    if term is not None:
        return [f"{s.name} {'+=' if term[0] > 0 else '-='} {text(term[1])}"]
    return [f"{s.name} = {text(s.value)}"]


def _store(s):
    index = ", ".join(text(i) for i in s.index)
    return [f"{s.array}[{index}] {'+=' if s.add else '='} {text(s.value)}"]


def _fill(s):
    if isinstance(s.value, ast.Constant):
        return [f"{s.array}[:] {'+=' if s.add else '='} {text(s.value)}"]
    return [f"{'add_into' if s.add else 'assign'}({s.array}, {text(s.value)})"]


def _call(s):
    return [f"{', '.join(s.names)} = {s.label}({', '.join(map(text, s.arguments))})"]


def _if(s):
    if not s.body:  # Python wants a first branch: print the second, with the opposite test
        return [f"if {text(_opposite(s.test))}:", *_block(s.orelse)]
    return [
        f"if {text(s.test)}:",
        *_block(s.body),
        *(["else:", *_block(s.orelse)] * bool(s.orelse)),
    ]


def _opposite(test):
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    return ast.UnaryOp(ast.Not(), test)


def _leave(s):
    return [f"    if {s.exit_flag}:", "        break"] if s.exit_flag else []


def _for(s):
    bounds = [s.start, s.stop, s.step]
    if literal(s.step) == 1:
        bounds = [s.stop] if literal(s.start) == 0 else bounds[:2]
    word = "numba.prange" if s.parallel else "range"
    header = f"for {s.name} in {word}({', '.join(map(text, bounds))}):"
    return [header, *_block(s.body), *_leave(s)]


def _while(s):
    again = [f"    {line}" for line in lines(s.setup)]
    inside = _block(s.body) if s.body or not (s.exit_flag or again) else []
    return [*lines(s.setup), f"while {text(s.test)}:", *inside, *_leave(s), *again]


def _bare(e):
    """Return an expression as source, a tuple of several without parentheses."""
    several = isinstance(e, ast.Tuple) and len(e.elts) > 1
    return ", ".join(map(text, e.elts)) if several else text(e)


_PRINTERS = {
    Assign: _assign,
    Array: lambda s: [f"{s.name} = {text(s.value)}"],
    Store: _store,
    Fill: _fill,
    Call: _call,
    Ruled: _call,
    If: _if,
    For: _for,
    While: _while,
    Raise: lambda s: [f"raise {text(s.value)}"],
    Set: lambda s: [f"{_bare(s.target)} {s.op}= {text(s.value)}"],
    Room: lambda s: [f"{s.stack} = room({s.stack}, {TOPS[s.stack]}, {text(s.count)})"],
    Do: lambda s: [text(s.value)],
    Comment: lambda s: [f"# {s.words}"],
    Return: lambda s: [f"return {_bare(s.value)}"],
}

"""Make a failing program small: drop statements and simplify expressions while it still fails.

Delta debugging on the syntax tree of ``f``; what is around the function stays as it is.
"""

import ast
import copy
import time


def shrink(source, fails, seconds=120.0):
    """Return the smallest source found for which ``fails(source)`` is still true.

    Parameters
    ----------
    source : str
        A module with a function ``f``.
    fails : callable
        Tells whether a source fails in the way that is looked for.
    seconds : float
        When to stop.
    """
    head, _, body = source.partition("def f(")
    best = ast.parse("def f(" + body)
    deadline = time.monotonic() + seconds
    changed = True
    while changed and time.monotonic() < deadline:
        changed = False
        for smaller in _smaller(best):
            if time.monotonic() > deadline:
                break
            if len(ast.unparse(smaller)) < len(ast.unparse(best)) and fails(
                head + ast.unparse(smaller) + "\n"
            ):
                best, changed = smaller, True
                break
    return head + ast.unparse(best) + "\n"


def _smaller(tree):
    """Yield trees with something left out, the largest parts first."""
    yield from _without_statements(tree)
    yield from _with_bodies_alone(tree)
    yield from _with_simpler_expressions(tree)


def _blocks(tree):
    """Yield (path to a node, field) of every list of statements, outermost first."""
    for k, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.Module):
            continue
        for field in ("body", "orelse"):
            if isinstance(getattr(node, field, None), list) and getattr(node, field):
                yield k, field


def _node(tree, k):
    for i, node in enumerate(ast.walk(tree)):
        if i == k:
            return node
    raise IndexError(k)


def _without_statements(tree):
    blocks = list(_blocks(tree))
    longest = max(len(getattr(_node(tree, k), field)) for k, field in blocks)
    size = longest
    while size:
        for k, field in blocks:
            n = len(getattr(_node(tree, k), field))
            for start in range(n - size, -1, -max(1, size // 2)):
                changed = copy.deepcopy(tree)
                block = getattr(_node(changed, k), field)
                del block[start : start + size]
                if field == "body" and not block:
                    block.append(ast.Pass())
                yield changed
        size //= 2


def _with_bodies_alone(tree):
    """Put the body of a loop or branch in its place."""
    for k, field in _blocks(tree):
        for at, statement in enumerate(getattr(_node(tree, k), field)):
            for inner in ("body", "orelse"):
                if getattr(statement, inner, None):
                    changed = copy.deepcopy(tree)
                    block = getattr(_node(changed, k), field)
                    block[at : at + 1] = getattr(block[at], inner)
                    yield changed


def _with_simpler_expressions(tree):
    """Put a part of an expression, or a constant, in its place."""
    for k, node in enumerate(ast.walk(tree)):
        for field, value in ast.iter_fields(node):
            values = value if isinstance(value, list) else [value]
            for at, child in enumerate(values):
                if not isinstance(child, ast.expr) or isinstance(
                    getattr(child, "ctx", None), ast.Store
                ):
                    continue
                parts = [p for p in ast.walk(child) if isinstance(p, ast.expr) and p is not child]
                numbers = [] if isinstance(child, ast.Constant) else [ast.Constant(0.5)]
                for part in [*numbers, *parts[:8]]:
                    if isinstance(part, ast.Slice):
                        continue
                    changed = copy.deepcopy(tree)
                    owner = _node(changed, k)
                    if isinstance(value, list):
                        getattr(owner, field)[at] = copy.deepcopy(part)
                    else:
                        setattr(owner, field, copy.deepcopy(part))
                    yield changed

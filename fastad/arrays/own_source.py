"""The syntax trees of fastad's own functions: of the source that was imported, or none."""

import ast
import contextlib
import copy
import functools
import inspect
import types

from ..refusals import Refusal


def own_tree(function):
    """Return the syntax tree of a function at the top level of one of fastad's files.

    Raises
    ------
    Refusal
        If the file has changed since it was imported: fastad was upgraded while the process runs.
    """
    with contextlib.suppress(OSError, SyntaxError):
        lines, _ = inspect.findsource(function)
        for node, code in _functions("".join(lines)):
            if code == function.__code__:
                return ast.Module([copy.deepcopy(node)], [])
    raise Refusal(
        f"fastad: {function.__code__.co_filename} is not what was imported: fastad was changed "
        "while this process runs; start it anew"
    )


@functools.lru_cache(maxsize=4)
def _functions(text):
    """Return (node, code) of each function at the top level of a source text."""
    nodes = {n.name: n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)}
    constants = compile(text, "<source>", "exec", dont_inherit=True).co_consts
    codes = [c for c in constants if isinstance(c, types.CodeType)]
    return [(nodes[c.co_name], c) for c in codes if c.co_name in nodes]

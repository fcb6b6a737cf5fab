"""The text of a function, as a tree: that from which its code was made, and no other.

A file may have been edited since it was imported, another cell may have taken the same name,
a decorator may stand for the function whose text is found.  So the text is compiled again,
and taken if it gives the code that runs.
"""

import __future__

import ast
import dis
import inspect
import itertools
import textwrap
import types

from .._generated import python_function
from .ir import Unsupported

_FUTURES = 0
for _name in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _name).compiler_flag


def function_tree(function):
    """Return the ``ast.FunctionDef`` of a plain function, with lines of its file."""
    code = python_function(function).__code__
    try:
        lines, first = inspect.getsourcelines(code)
    except (OSError, TypeError):
        raise Unsupported(
            f"the source of {code.co_name} cannot be found; define it in a file"
        ) from None
    text = textwrap.dedent("".join(lines))
    try:
        tree = ast.parse(text)
    except SyntaxError:
        raise Unsupported(f"the source of {code.co_name} is part of another line") from None
    ast.increment_lineno(tree, first - 1)
    found = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda)]
    if not found:
        raise Unsupported(f"the source of {code.co_name} holds no function")
    node = next((n for n in found if _same(_compiled(n, code), code)), None)
    if node is None:
        raise Unsupported(
            f"the source of {code.co_name} is not what runs: its file was changed after it "
            "was imported, or it was rewritten; import it anew"
        )
    if isinstance(node, ast.Lambda):
        node = ast.FunctionDef(
            name="lambda_",
            args=node.args,
            body=[ast.copy_location(ast.Return(node.body), node.body)],
            decorator_list=[],
            returns=None,
            type_params=[],
        )
        ast.fix_missing_locations(node)
    node.decorator_list = []
    node.returns = None
    for argument in node.args.args:
        argument.annotation = None
    return node


def _compiled(node, code):
    """Return the code object of a function in a tree, compiled as another one was."""
    if isinstance(node, ast.Lambda):
        inner = ast.Expr(node)
    else:
        kept = {k: getattr(node, k) for k in node._fields}
        inner = ast.FunctionDef(**kept | {"decorator_list": [], "returns": None})
    outer = ast.parse(f"def outer({', '.join(code.co_freevars)}): pass")
    outer.body[0].body = [ast.copy_location(inner, node)]
    ast.fix_missing_locations(outer)
    try:
        flags = code.co_flags & _FUTURES
        made = compile(outer, code.co_filename, "exec", flags, dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    found = _codes(next(_codes(made)))
    return next((c for c in found if c.co_name == code.co_name), None)


def _codes(code):
    return (c for c in code.co_consts if isinstance(c, types.CodeType))


def _same(a, b):
    """Tell whether two code objects do the same."""
    if a is None or a.co_varnames != b.co_varnames or a.co_freevars != b.co_freevars:
        return False
    if a.co_argcount != b.co_argcount or a.co_kwonlyargcount != b.co_kwonlyargcount:
        return False
    pairs = itertools.zip_longest(_instructions(a), _instructions(b))
    return all(x is not None and y is not None and _equal(x, y) for x, y in pairs)


def _equal(x, y):
    (name, argument), (other_name, other) = x, y
    if isinstance(argument, types.CodeType) and isinstance(other, types.CodeType):
        return name == other_name and _same(argument, other)
    # 0.0 and -0.0, 1 and True are equal, and are not the same.
    return name == other_name and repr(argument) == repr(other)


def _instructions(code):
    """Return (operation, argument) of a code object, a jump's argument being a position.

    How a function of a module is called depends on whether the file imports the module at its
    top: these instructions are left out, or get one name.
    """
    kept = [i for i in dis.get_instructions(code) if i.opname not in _CALLING]
    position, at = {}, 0
    for i in dis.get_instructions(code):
        position[i.offset] = at
        at += i.opname not in _CALLING
    jumps = {*dis.hasjrel, *dis.hasjabs}
    return [
        (
            "LOAD_ATTR" if i.opname == "LOAD_METHOD" else i.opname,
            position.get(i.argval) if i.opcode in jumps else i.argval,
        )
        for i in kept
    ]


_CALLING = {"PUSH_NULL", "PRECALL", "CACHE", "NOP", "EXTENDED_ARG"}

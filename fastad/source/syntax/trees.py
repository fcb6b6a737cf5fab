"""The syntax tree of a function: of the source that it was compiled from, or none."""

import __future__

import ast
import collections
import copy
import functools
import inspect
import types

from ..ir.statements import Unsupported
from . import closures

_FILENAME = "<source>"
_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT  # as notebooks do
for _name in __future__.all_feature_names:
    _FLAGS |= getattr(__future__, _name).compiler_flag


def function_tree(function):
    """Return the ``ast.FunctionDef`` of a plain function, with lines of its file.

    Raises
    ------
    Unsupported
        Where the source cannot be read, or compiles to other bytecode than the function has: the
        file was edited since, or a tool rewrote the function.
    """
    name, code = function.__name__, function.__code__
    made = closures.tree_of(function)
    if made is not None:
        return made
    try:
        lines, _ = inspect.findsource(function)
        starts, codes = _compiled("".join(lines), code.co_flags & _FLAGS)
    except (OSError, TypeError, SyntaxError):
        raise Unsupported(f"the source of {name} cannot be found; define it in a file") from None
    nodes = [n for n in starts.get(code.co_firstlineno, ()) if _is_of(n, code)]
    of_name = codes.get(code.co_name, ())
    if not any(_same(c, code) for c in of_name):
        of_name = _compiled_apart("".join(lines), code.co_flags & _FLAGS).get(code.co_name, ())
    if not nodes or not any(_same(c, code) for c in of_name):
        where = f"{code.co_filename}:{code.co_firstlineno}"
        raise Unsupported(
            f"the source of {name} ({where}) is not what it was compiled from: its file has "
            "changed since it was imported, or a tool rewrote it; import it anew"
        )
    if len(nodes) > 1 and code.co_name != "<lambda>":
        raise Unsupported(f"two functions {name} begin on one line")
    return _plain(copy.deepcopy(min(nodes, key=_extent)))


@functools.lru_cache(maxsize=16)
def _compiled(text, flags):
    """Return (line -> nodes of functions that begin there, name -> code objects) of a file."""
    starts, codes = collections.defaultdict(list), collections.defaultdict(list)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            decorators = getattr(node, "decorator_list", ())
            starts[min([node.lineno, *(d.lineno for d in decorators)])].append(node)
    _collect(compile(text, _FILENAME, "exec", flags=flags, dont_inherit=True), codes)
    return starts, codes


@functools.lru_cache(maxsize=4)
def _compiled_apart(text, flags):
    """Return name -> code objects of a file whose statements are compiled one by one.

    So do tools that run a file part by part. Python compiles ``math.sin(x)`` otherwise where it
    sees ``import math`` in what it compiles.
    """
    codes = collections.defaultdict(list)
    for statement in ast.parse(text).body:
        alone = ast.Module([statement], [])
        _collect(compile(alone, _FILENAME, "exec", flags=flags, dont_inherit=True), codes)
    return codes


def _collect(code, codes):
    """Add the code objects within a code object to ``codes``: name -> list."""
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            codes[constant.co_name].append(constant)
            _collect(constant, codes)


def _is_of(node, code):
    """Tell whether a node may be the source of a code object that begins on the same line."""
    if isinstance(node, ast.FunctionDef):
        return node.name == code.co_name
    if code.co_name != "<lambda>":
        return False
    body = node.body
    begin, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    places = [p for p in code.co_positions() if None not in p and p[2:] != (0, 0)]
    return all(begin <= (p[0], p[2]) and (p[1], p[3]) <= end for p in places)


def _extent(node):
    """Return a node's extent, by which the inner one of two nested lambdas comes first."""
    return node.end_lineno - node.lineno, node.end_col_offset - node.col_offset


def _same(a, b):
    """Tell whether two code objects do the same, and begin on the same line."""
    if (a.co_code, a.co_names, a.co_varnames) != (b.co_code, b.co_names, b.co_varnames):
        return False
    if (a.co_freevars, a.co_firstlineno) != (b.co_freevars, b.co_firstlineno):
        return False
    if len(a.co_consts) != len(b.co_consts):
        return False
    return all(map(_same_constant, a.co_consts, b.co_consts))


def _same_constant(a, b):
    if isinstance(a, types.CodeType) and isinstance(b, types.CodeType):
        return _same(a, b)
    return type(a) is type(b) and repr(a) == repr(b)


def _plain(node):
    """Return a def, or a lambda as a def, without decorators and annotations."""
    if isinstance(node, ast.Lambda):
        node = closures.as_def(node, "lambda_")
    node.decorator_list = []
    node.returns = None
    node.args.defaults = []  # a call's are those of the function object
    node.args.kw_defaults = [None] * len(node.args.kwonlyargs)
    node.args.args, node.args.posonlyargs = [*node.args.posonlyargs, *node.args.args], []
    parameters = [n for n in ast.walk(node) if isinstance(n, ast.arg)]
    for argument in parameters:
        argument.annotation = None
    names = {a.arg for a in parameters}
    names |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return ast.fix_missing_locations(_WithoutElse(names).visit(node))


class _WithoutElse(ast.NodeTransformer):
    """Replaces the ``else`` of a loop by a flag for ``break`` and an ``if`` after the loop."""

    def __init__(self, names):
        self.names = names

    def visit_For(self, node):
        self.generic_visit(node)  # inner loops first: a break in their else leaves this loop
        orelse, node.orelse = node.orelse, []
        if not orelse:
            return node
        flag = "broke"
        while flag in self.names:
            flag += "_"
        self.names.add(flag)
        body = [_Marked(flag).visit(s) for s in node.body]
        node.body = [t for s in body for t in (s if isinstance(s, list) else [s])]
        test = ast.UnaryOp(ast.Not(), ast.Name(flag, ast.Load()))
        entered = ast.copy_location(ast.If(test, orelse, []), orelse[0])
        return [ast.copy_location(_assigned(flag, False), node), node, entered]

    visit_While = visit_For


class _Marked(ast.NodeTransformer):
    """Sets a flag before each ``break`` that leaves the loop itself, and not an inner one."""

    def __init__(self, flag):
        self.flag = flag

    def visit_Break(self, node):
        return [ast.copy_location(_assigned(self.flag, True), node), node]

    def visit_For(self, node):
        return node

    visit_While = visit_For


def _assigned(name, value):
    return ast.Assign([ast.Name(name, ast.Store())], ast.Constant(value))

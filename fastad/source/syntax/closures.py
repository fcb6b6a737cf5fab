"""Functions that are defined inside of a function, ``def`` and lambda, become functions beside it.

The variables of the outer function that they read become parameters: a call is passed the values
that these have at the time of the call, which is what Python's closures read.
"""

import ast
import copy
import weakref

import numba

from ..ir.expressions import literal
from ..ir.statements import UnlikeSource, Unsupported
from .infer import local_names

_OPTIONS = ("error_model", "fastmath", "boundscheck")
_TREES = weakref.WeakKeyDictionary()  # code of a function made here -> its tree


def tree_of(function):
    """Return the syntax tree of a function that was made here, None of others."""
    tree = _TREES.get(function.__code__)
    return None if tree is None else copy.deepcopy(tree)


def as_def(node, name):
    """Return a lambda as a ``def``."""
    made = ast.FunctionDef(
        name=name,
        args=node.args,
        body=[ast.copy_location(ast.Return(node.body), node.body)],
        decorator_list=[],
        returns=None,
        type_params=[],
    )
    return ast.fix_missing_locations(ast.copy_location(made, node))


def take_out(tree, function, options):
    """Take out the functions that a tree defines, in place; return them, @njit, by name.

    Legal where the name of each stands for nothing else, and is used for nothing but calls: then
    every call is known.

    Parameters
    ----------
    tree : ast.FunctionDef
    function : function
        The function whose tree it is.
    options : dict
        The options of Numba's that it was compiled with.

    Raises
    ------
    Unsupported
        Where a function is passed on, bound twice, calls itself, or has defaults that are no
        literals; an `UnlikeSource` where one that has defaults is called with keywords.
    """
    inner = {}
    _Definitions(inner).visit(tree)
    if not inner:
        return {}
    _check_uses(tree, inner)
    for name, node in inner.items():
        if _bound(node) & inner.keys():
            raise Unsupported(f"{name} gives a function's name to another thing", node)
    outer = local_names(tree)
    given = {name: _free(node) & outer for name, node in inner.items()}
    called = {name: _loads(node) & inner.keys() for name, node in inner.items()}
    for _ in inner:  # a function needs what the functions that it calls need
        for name, others in called.items():
            for other in others:
                if other == name or given[other] & _bound(inner[name]):
                    raise Unsupported(f"{name} calls {other}; define it outside", inner[name])
                given[name] |= given[other]
    with_defaults = {name for name, node in inner.items() if node.args.defaults}
    for node in (tree, *inner.values()):
        _PassOn(given, with_defaults).visit(node)
    scope = dict(function.__globals__)
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    scope |= {name: cell.cell_contents for name, cell in cells}
    chosen = {k: options[k] for k in _OPTIONS if k in options}
    made = {}
    for name, node in inner.items():
        if not all(isinstance(d, ast.Constant) or literal(d) for d in node.args.defaults):
            raise Unsupported(f"{name} has a default that is no literal; pass it", node)
        own = [ast.arg(n) for n in sorted(given[name])]
        node.args.args = [ast.copy_location(a, node) for a in own] + node.args.args
        module = ast.fix_missing_locations(ast.Module([node], []))
        exec(compile(module, function.__code__.co_filename, "exec"), scope)
        made[name] = scope[name]
        node.args.defaults = []  # calls take the defaults of the function object
        _TREES[made[name].__code__] = node
    scope |= {name: numba.njit(**chosen)(python) for name, python in made.items()}
    return {name: scope[name] for name in made}


class _Definitions(ast.NodeTransformer):
    """Collect function definitions, and put ``pass`` in their places."""

    def __init__(self, inner):
        self.inner, self.outermost = inner, True

    def found(self, name, node, place):
        if name in self.inner:
            raise Unsupported(f"two functions {name} are defined inside of one", place)
        self.inner[name] = ast.copy_location(node, place)
        return ast.copy_location(ast.Pass(), place)

    def visit_FunctionDef(self, node):
        if self.outermost:
            self.outermost = False
            return self.generic_visit(node)
        arguments = node.args
        if node.decorator_list or arguments.vararg or arguments.kwarg:
            raise Unsupported(f"{node.name} has a decorator or *args; define it outside", node)
        if arguments.kwonlyargs or arguments.posonlyargs:
            raise Unsupported(f"{node.name} has parameters of a kind; define it outside", node)
        node.returns = None
        for a in arguments.args:
            a.annotation = None
        return self.found(node.name, node, node)

    def visit_Assign(self, node):
        target = node.targets[0]
        if len(node.targets) > 1 or not isinstance(target, ast.Name):
            return node
        if not isinstance(node.value, ast.Lambda):
            return node
        return self.visit_FunctionDef(as_def(node.value, target.id))


class _PassOn(ast.NodeTransformer):
    """Add to calls of inner functions the outer variables that these read."""

    def __init__(self, given, with_defaults):
        self.given, self.with_defaults = given, with_defaults

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in self.with_defaults and node.keywords:
            raise UnlikeSource(
                f"{ast.unparse(node)}: of a function that is defined inside Numba takes the "
                "defaults, whatever the keywords say; pass the arguments by position",
                node,
            )
        if isinstance(node.func, ast.Name) and node.func.id in self.given:
            own = [ast.Name(n, ast.Load()) for n in sorted(self.given[node.func.id])]
            node.args = [ast.copy_location(a, node) for a in own] + node.args
        return node


def _check_uses(tree, inner):
    for node in (tree, *inner.values()):
        called = {id(n.func) for n in ast.walk(node) if isinstance(n, ast.Call)}
        for n in ast.walk(node):
            if isinstance(n, ast.Nonlocal | ast.Global):
                raise Unsupported("nonlocal and global names are not differentiated", n)
            if not isinstance(n, ast.Name) or n.id not in inner:
                continue
            if isinstance(n.ctx, ast.Store):
                raise Unsupported(f"{n.id} is a function and a variable; use two names", n)
            if id(n) not in called:
                raise Unsupported(f"{n.id}, a function, is passed on; define it outside", n)


def _loads(node):
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def _bound(node):
    """Return the names that a function, and functions inside of it, bind."""
    names = {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
    names |= {n.name for n in ast.walk(node) if isinstance(n, ast.FunctionDef) and n is not node}
    stored = (n for n in ast.walk(node) if isinstance(n, ast.Name))
    return names | {n.id for n in stored if isinstance(n.ctx, ast.Store)}


def _free(node):
    return _loads(node) - _bound(node)

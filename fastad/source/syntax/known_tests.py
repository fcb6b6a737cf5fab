"""Branches that the types of a function's arguments rule out are dropped before types are inferred.

``if weights is None:``, ``x.ndim == 2`` and their like guard code for arguments of other types, in
which Numba cannot infer types for the present ones.
"""

import ast

from numba.core import types

from ..ir.callees import COMPARED
from ..ir.expressions import typed
from ..ir.statements import is_array
from .infer import local_names, unused_prefix

_EXITS = ast.Return | ast.Raise | ast.Break | ast.Continue
_IS = {ast.Is: True, ast.IsNot: False}
_READS = (
    *(ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.Compare, ast.BoolOp, ast.UnaryOp),
    *(ast.expr_context, ast.unaryop, ast.cmpop, ast.boolop),
)
_NO_NONE = types.Number | types.Boolean | types.Array | types.BaseTuple | types.Callable
_NO_NONE |= types.UnicodeType


def without_untaken(tree, function, argument_types, declared=()):
    """Drop, in place, what is never evaluated because of a test of an argument's type.

    Legal where the test reads a parameter that neither a statement before the test nor one in a
    loop around it binds: then it still is the argument. The variables of ``declared`` types keep
    their names.
    """
    names = [a.arg for a in tree.args.args]
    counts = "len" not in local_names(tree) | function.__globals__.keys()
    _Untaken(dict(zip(names, argument_types, strict=True)), counts).block(tree.body)
    for name, t in zip(names, argument_types, strict=True):
        if _is_none(t) and name not in declared:
            _rename_anew(tree, name)


def _is_none(t):
    return t == types.none or (isinstance(t, types.Omitted) and t.value is None)


def _rename_anew(tree, name):
    """Give a variable that begins where None was passed a name of its own, in place.

    Legal where the first statement that names the parameter binds it, whatever happens, and does
    not read it: nobody sees the None. It has one type then, where `weights = None` had two. Not
    with functions inside, which may have a parameter of that name.
    """
    if any(isinstance(n, ast.FunctionDef | ast.Lambda) for s in tree.body for n in ast.walk(s)):
        return
    for s in tree.body:
        found = [n for n in ast.walk(s) if isinstance(n, ast.Name) and n.id == name]
        if not found:
            continue
        plain = isinstance(s, ast.Assign) and len(s.targets) == 1
        if not (plain and s.targets[0] in found and len(found) == 1):
            return
        new = f"{unused_prefix(tree)}{name}"
        for n in ast.walk(tree):
            if isinstance(n, ast.Name) and n.id == name:
                n.id = new
        return


def _is_endless(s):
    """Tell whether a statement is a loop that only a return or an exception leaves."""
    if not (isinstance(s, ast.While) and isinstance(s.test, ast.Constant) and s.test.value):
        return False
    todo = list(s.body)
    for n in todo:
        if isinstance(n, ast.Break):
            return False
        if not isinstance(n, ast.While | ast.For):
            todo += ast.iter_child_nodes(n)
        else:
            todo += n.orelse  # a break in there is of the loop around
    return True


class _Untaken(ast.NodeTransformer):
    """Replaces branches whose test is known by the block that is taken.

    Attributes
    ----------
    given : dict of str to Numba type
        The parameters that nothing has bound again so far.
    counts : bool
        Whether the name ``len`` is Python's function.
    """

    def __init__(self, given, counts):
        self.given, self.counts = given, counts

    def block(self, statements):
        """Replace a block's statements by those that may be reached."""
        kept = []
        for s in list(statements):
            found = self.visit(s)
            kept += found if isinstance(found, list) else [found]
            if kept and (isinstance(kept[-1], _EXITS) or _is_endless(kept[-1])):
                break
        statements[:] = kept or [ast.copy_location(ast.Pass(), statements[0])]
        return statements

    def forget(self, *nodes):
        """Note that parameters which some nodes bind are no longer the arguments."""
        for n in (n for node in nodes for n in ast.walk(node)):
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store):
                self.given.pop(n.id, None)

    def generic_visit(self, node):
        super().generic_visit(node)
        if isinstance(node, ast.stmt):
            self.forget(node)
        return node

    def visit_FunctionDef(self, node):
        return node  # a function inside has parameters of its own

    visit_Lambda = visit_ListComp = visit_GeneratorExp = visit_FunctionDef
    visit_SetComp = visit_DictComp = visit_FunctionDef

    def visit_If(self, node):
        node.test = self.visit(node.test)
        taken = _truth(node.test)
        if taken is not None:
            branch = node.body if taken else node.orelse
            return self.block(branch) if branch else []
        before = dict(self.given)
        self.block(node.body)
        after, self.given = self.given, before
        if node.orelse:
            self.block(node.orelse)
        if not isinstance(node.body[-1], _EXITS):
            self.given = {n: t for n, t in self.given.items() if n in after}
        return node

    def visit_For(self, node):
        self.forget(node)
        node.iter = self.visit(node.iter)
        self.block(node.body)
        return node

    def visit_While(self, node):
        self.forget(node)
        node.test = self.visit(node.test)
        if _truth(node.test) is False:
            return []
        self.block(node.body)
        return node

    def visit_IfExp(self, node):
        node.test = self.visit(node.test)
        taken = _truth(node.test)
        if taken is None:
            return self.generic_visit(node)
        return self.visit(node.body if taken else node.orelse)

    def visit_BoolOp(self, node):
        """Drop parts that are neutral, and parts after one that decides."""
        decisive, kept = isinstance(node.op, ast.Or), []
        *first, last = node.values
        for part in map(self.visit, first):
            if _value(part) is None or _value(part) is decisive:
                kept.append(part)
            if _value(part) is decisive:
                break
        else:
            kept.append(self.visit(last))
        node.values = kept
        return kept[0] if len(kept) == 1 else node

    def visit_UnaryOp(self, node):
        node = self.generic_visit(node)
        value = _value(node.operand) if isinstance(node.op, ast.Not) else None
        return node if value is None else _known(not value, node)

    def visit_Compare(self, node):
        if len(node.ops) > 1:
            return node
        left, op, right = node.left, type(node.ops[0]), node.comparators[0]
        found = None
        if op in _IS and isinstance(right, ast.Constant) and right.value is None:
            found = self.is_none(left)
            found = None if found is None else found is _IS[op]
        elif op in COMPARED and isinstance(right, ast.Constant) and type(right.value) is int:
            size = self.size(left)
            found = None if size is None else COMPARED[op](size, right.value)
        return self.generic_visit(node) if found is None else _known(found, node)

    def is_none(self, node):
        """Return whether a parameter is None; None where that is not known."""
        t = self.type_of(node)
        if t == types.none:
            return True
        return False if isinstance(types.unliteral(t or types.none), _NO_NONE) else None

    def size(self, node):
        """Return the value of ``x.ndim``, ``len(x.shape)`` or ``len(args)``, or None."""
        if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
            if not (self.counts and isinstance(node.func, ast.Name) and node.func.id == "len"):
                return None
            t = self.type_of(node.args[0])
            if isinstance(t, types.BaseTuple):
                return len(t)
            owner = _owner(node.args[0], "shape")
        else:
            owner = _owner(node, "ndim")
        t = self.type_of(owner)
        return t.ndim if t is not None and is_array(t) else None

    def type_of(self, node):
        """Return the type of a parameter that is still the argument; None of other expressions."""
        return self.given.get(node.id) if isinstance(node, ast.Name) else None


def _owner(node, name):
    """Return the owner of an attribute with some name, or None."""
    return node.value if isinstance(node, ast.Attribute) and node.attr == name else None


def _known(value, node):
    return ast.copy_location(typed(ast.Constant(value), types.boolean), node)


def _value(node):
    """Return the value of a test that is known, else None."""
    known = isinstance(node, ast.Constant) and isinstance(node.value, bool)
    return node.value if known else None


def _truth(node):
    """Return whether a test holds; None where that is not known, or the test computes something."""
    if not isinstance(node, ast.BoolOp):
        return _value(node)
    decisive = isinstance(node.op, ast.Or)
    reads = all(isinstance(n, _READS) for n in ast.walk(node))
    return decisive if reads and _value(node.values[-1]) is decisive else None

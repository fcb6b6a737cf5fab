"""Checks of generated functions, before Numba sees them.

Each name that a function reads is a parameter, a variable of its own, or a known global.  A
variable has a value on every path to where it is read; a variable that belongs to one of the
user's (``own``) on at least one path, as the user's branches decide both whether it is bound and
whether it is read.  A generated function is called with as many arguments as it takes.
"""

import ast
import builtins


class NotWellFormed(Exception):
    """A generated function has an error: which, and where."""


def verify(source, namespace, own):
    """Check the functions of some source.

    Parameters
    ----------
    source : str
    namespace : container of str
        The globals of the source.
    own : container of str
        The user's variables and those that belong to them: on some paths they may have no value.

    Raises
    ------
    NotWellFormed

    Examples
    --------
    >>> source = '''
    ... def f(x, n):
    ...     for i in range(n):
    ...         t = x
    ...     return t
    ... '''
    >>> verify(source, (), own=("t",))
    >>> verify(source, (), own=())
    Traceback (most recent call last):
    ...
    fastad.source.ir.verify.NotWellFormed: f, line 5: t may have no value
    """
    tree = ast.parse(source)
    functions = {f.name: f for f in tree.body if isinstance(f, ast.FunctionDef)}
    known = {*namespace, *functions, *vars(builtins)}
    for f in functions.values():
        _Function(f, known, own).check()
        for call in ast.walk(f):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                callee = functions.get(call.func.id)
                if callee is not None and len(call.args) != len(callee.args.args):
                    raise NotWellFormed(f"{f.name}, line {call.lineno}: arguments of {callee.name}")


class _Function:
    """The names of one function that have a value: surely, and perhaps."""

    def __init__(self, f, known, own):
        self.f, self.own = f, own
        self.parameters = {a.arg for a in f.args.args}
        names = [n for n in ast.walk(f) if isinstance(n, ast.Name)]
        self.local = self.parameters | {n.id for n in names if isinstance(n.ctx, ast.Store)}
        self.known = known - self.local

    def check(self):
        self.block(self.f.body, set(self.parameters), set(self.parameters))

    def fail(self, node, what):
        raise NotWellFormed(f"{self.f.name}, line {node.lineno}: {what}")

    def block(self, body, surely, perhaps):
        """Check statements, adding what they bind to both sets; tell if the end is reached."""
        return all(self.statement(s, surely, perhaps) for s in body)

    def statement(self, s, surely, perhaps):
        if isinstance(s, ast.If):
            return self.branches(s, surely, perhaps)
        if isinstance(s, ast.For | ast.While):
            return self.loop(s, surely, perhaps)
        self.read(s, surely, perhaps)
        if isinstance(s, ast.Return | ast.Raise | ast.Break | ast.Continue):
            return False
        self.bind(s, surely, perhaps)
        return True

    def read(self, node, surely, perhaps):
        """Check the names that an expression, or a simple statement, reads."""
        for n in ast.walk(node):
            if not isinstance(n, ast.Name):
                continue
            augmented = isinstance(node, ast.AugAssign) and n is node.target
            if isinstance(n.ctx, ast.Store) and not augmented:
                continue
            if n.id in self.local:
                if n.id not in perhaps:
                    self.fail(node, f"{n.id} has no value")
                if n.id not in surely and n.id not in self.own:
                    self.fail(node, f"{n.id} may have no value")
            elif n.id not in self.known:
                self.fail(node, f"{n.id} is not known")

    @staticmethod
    def bind(node, surely, perhaps):
        for n in ast.walk(node):
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store):
                surely.add(n.id)
                perhaps.add(n.id)

    def branches(self, s, surely, perhaps):
        self.read(s.test, surely, perhaps)
        ends = []
        for body in (s.body, s.orelse):
            sure, maybe = set(surely), set(perhaps)
            if self.block(body, sure, maybe):
                ends.append((sure, maybe))
        if not ends:
            return False
        surely |= set.intersection(*(sure for sure, _ in ends))
        perhaps |= set.union(*(maybe for _, maybe in ends))
        return True

    def loop(self, s, surely, perhaps):
        """Check a loop: what its body binds perhaps has a value in the next iteration."""
        self.read(s.iter if isinstance(s, ast.For) else s.test, surely, perhaps)
        for inner in s.body:
            self.bind(inner, set(), perhaps)
        sure = set(surely)
        if isinstance(s, ast.For):
            self.bind(s.target, sure, perhaps)
        self.block(s.body, sure, set(perhaps))
        return True

"""A name for each live range of a variable: a set of definitions, and the reads they reach.

A variable that is used for two purposes (``i``, ``s``, ``t`` in most programs) becomes two
variables, so that the value of neither is stored because the other overwrites it.
"""

import ast

from numba.core import types
from numba.core.registry import cpu_target

from ..ir.expressions import call, load, names_in, typed
from ..ir.statements import (
    Array,
    Assign,
    Call,
    Fill,
    For,
    If,
    Ruled,
    Store,
    Unsupported,
    While,
    expressions,
    is_real,
    reading_as,
    reads_of,
    walk,
    written,
)
from .activity import flows
from .dead_branches import without_dead_branches


class _Classes:
    """Union-find of definitions."""

    def __init__(self):
        self.parent = {}

    def find(self, d):
        self.parent.setdefault(d, d)
        while self.parent[d] != d:
            self.parent[d] = self.parent[self.parent[d]]
            d = self.parent[d]
        return d

    def union(self, a, b):
        a, b = self.find(a), self.find(b)
        if a != b:
            first, second = sorted((a, b))
            self.parent[second] = first


class _LiveRanges:
    def __init__(self, program):
        self.program = program
        self.classes = _Classes()
        self.numbers = {}
        self.uses = {}  # (id of a node or statement, name in it) -> a definition of the range
        self.reaching = {}  # id of a node -> all definitions that reach it
        self.integers = set()  # definitions whose value is an integer
        env = {p: frozenset([self.definition(0, p)]) for p in program.parameters}
        self.integers |= {self.definition(0, p) for p in env if _is_integer(program.types[p])}
        env = self.block(program.body, env)
        self.results = [self.read("result", n, env) for n in program.results]

    def definition(self, place, name):
        key = (place, name)
        number = self.numbers.setdefault(key, len(self.numbers))
        self.classes.find((number, name))
        return (number, name)

    def read(self, place, name, env):
        found = sorted(env.get(name, ()))
        if not found:
            return None
        for d in found[1:]:
            self.classes.union(found[0], d)
        self.uses[place, name] = found[0]
        self.reaching[place] = found
        return found[0]

    def reads(self, s, env):
        for e in expressions(s):
            self.expression(e, env)

    def expression(self, e, env):
        for n in ast.walk(e):
            if isinstance(n, ast.Name):
                self.read(id(n), n.id, env)

    def block(self, body, env):
        env = dict(env)
        for s in body:
            env = self.statement(s, env)
        return env

    def statement(self, s, env):
        if isinstance(s, If):
            self.reads(s, env)
            return _merge(self.block(s.body, env), self.block(s.orelse, env))
        if isinstance(s, For):
            self.reads(s, env)
            while True:
                inside = dict(env)
                counter = self.definition(id(s), s.name)
                self.integers.add(counter)
                inside[s.name] = frozenset([counter])
                end = self.block(s.body, inside)
                self.exit_flag(s, end)
                after = _merge(env, end)
                if after == env:
                    return env
                env = after
        if isinstance(s, While):
            while True:
                inside = self.block(s.setup, env)
                self.reads(s, inside)
                end = self.block(s.body, inside)
                self.exit_flag(s, end)
                after = _merge(env, _merge(end, inside))
                if after == env:
                    return env
                env = after
        self.reads(s, env)
        if isinstance(s, Store | Fill):
            self.read(id(s), s.array, env)
        if isinstance(s, Array) and s.of:
            self.read(id(s), s.of, env)
        for name in written(s):
            env = env | {name: frozenset([self.definition(id(s), name)])}
        if isinstance(s, Assign) and _is_integer(getattr(s.value, "type", None)):
            self.integers |= env[s.name]
        return env

    def exit_flag(self, s, env):
        if s.exit_flag:
            self.read(id(s), s.exit_flag, env)


def _is_integer(t):
    return isinstance(t, types.Integer | types.Boolean)


def _merge(a, b):
    return {n: a.get(n, frozenset()) | b.get(n, frozenset()) for n in {*a, *b}}


def split(program):
    """Rename the program's variables so that each live range has a name of its own, in place."""
    ranges = _LiveRanges(program)
    names, hints = {}, set()

    def name_of(d):
        root = ranges.classes.find(d)
        if root not in names:
            hint = root[1]
            fresh = program.namer.fresh
            names[root] = fresh(hint) if hint in hints else hint  # the first range keeps the name
            hints.add(hint)
        return names[root]

    types = dict(program.types)

    def rename(place, name):
        d = ranges.uses.get((place, name))
        return name if d is None else name_of(d)

    for p in program.parameters:
        name_of(ranges.definition(0, p))
    for s in walk(program.body):
        for e in expressions(s):
            for n in ast.walk(e):
                if isinstance(n, ast.Name):
                    n.id = rename(id(n), n.id)
        if isinstance(s, Store | Fill):
            s.array = rename(id(s), s.array)
        if isinstance(s, Array) and s.of:
            s.of = rename(id(s), s.of)
        if isinstance(s, For | While) and s.exit_flag:
            s.exit_flag = rename(id(s), s.exit_flag)
        new = {}
        for name in written(s):
            new[name] = name_of(ranges.definition(id(s), name))
        _set_written(s, new)
    program.results = [
        n if d is None else name_of(d) for n, d in zip(program.results, ranges.results, strict=True)
    ]
    origin = {name: root[1] for root, name in names.items()}
    program.types = types | _types(program, origin, types)
    program.body, integers = _with_integers(program, ranges, origin)
    program.body = _apart(program, program.body, integers)
    without_dead_branches(program)
    return program


def _apart(program, body, integers):
    """Return a block in which ``a = f(a)``, for an array a, has become ``b = f(a); a = b``.

    The variables in ``integers`` are assigned their values before each statement that reads them.
    """
    out = []
    for s in body:
        for name in ("body", "orelse", "setup"):
            if hasattr(s, name):
                setattr(s, name, _apart(program, getattr(s, name), integers))
        before = s.setup if isinstance(s, While) else out
        before += [
            Assign(n, integers[n], s.line, s.file) for n in sorted(reads_of(s) & integers.keys())
        ]
        out.append(s)
        if isinstance(s, Array) and s.kind != "number" and s.name in names_in(s.value):
            name, t = s.name, program.types[s.name]
            s.name = program.namer.fresh(name)
            program.types[s.name] = t
            out.append(Array(name, load(s.name, t), "view", s.name, line=s.line, file=s.file))
    return out


def _set_written(s, new):
    if isinstance(s, Assign | Array | For):
        s.name = new[s.name]
    elif isinstance(s, Call | Ruled):
        s.names = [new[n] for n in s.names]
        if isinstance(s, Ruled):
            s.arrays = [new[n] for n in s.arrays]


def _types(program, origin, old):
    """Return the type of each live range: the common type of the values assigned to it."""
    found = {p: old[p] for p in program.parameters}
    for s in walk(program.body):
        if isinstance(s, Assign | Array):
            t = getattr(s.value, "type", None) or old[origin[s.name]]
            before = found.get(s.name)
            if before is not None:
                t = cpu_target.typing_context.unify_types(before, t) or old[origin[s.name]]
            found[s.name] = t
        else:
            for n in written(s):
                found[n] = old[origin[n]]
    return found


def _with_integers(program, ranges, origin):
    """Return the block in which floats that Numba types as integers where they are read are cast.

    Also return the new variables: name -> the cast.  Legal where every definition that reaches
    the read assigns an integer, which a float holds exactly up to 2**53.  Any other read of a
    float as an integer is refused, and so is an integer variable that is computed from a float:
    so no variable gets a type that is too narrow.
    """

    def value_of(node):
        if not _is_integer(node.type) or not is_real(program.types.get(node.id)):
            return node
        if not ranges.integers.issuperset(ranges.reaching[id(node)]):
            raise Unsupported(f"{origin[node.id]} is an integer here, and a float there", node)
        whole = bool if isinstance(node.type, types.Boolean) else int
        name = program.namer.fresh(origin[node.id])
        program.types[name] = node.type
        whole = program.namer.of_global(whole.__name__, whole)
        integers[name] = typed(call(whole, [node]), node.type)
        return load(name, node.type)

    integers = {}
    body = reading_as(program.body, value_of)
    for s in walk(body):
        if isinstance(s, Assign) and _is_integer(program.types[s.name]):
            if any(is_real(program.types.get(n)) for n in flows(s.value)):
                raise Unsupported(f"{origin[s.name]} is an integer here, and a float there", s)
    return body, integers

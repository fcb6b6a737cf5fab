"""The tangent of a program: each statement with the statement of its tangent beside it.

The result is a program again, in the same representation: it can be printed and compiled
(forward mode), and its adjoint can be taken (second derivatives).

References
----------
Griewank and Walther, *Evaluating Derivatives*, 2nd ed., SIAM 2008, section 3.1.
"""

import ast
from dataclasses import replace

from numba.core import types

from ..analysis.activity import Activity, flows, real
from ..analysis.live_ranges import split
from ..analysis.steepness import Steepness
from ..ir.callees import EXTREMES
from ..ir.expressions import clone, constant, load, names_in, typed
from ..ir.statements import (
    Array,
    Assign,
    Call,
    Fill,
    Program,
    Ruled,
    Store,
    Unsupported,
    is_array,
    walk,
)
from .arrays import array_tangent, ruled_tangent, zeros_like
from .expressions import FLOAT, Numbers


class Tangents(Numbers):
    """Builds the statements of derivatives.

    Parameters
    ----------
    program : Program
        With a name for each live range.
    activity : Activity

    Attributes
    ----------
    dots : dict of str to str
        Active variable -> the variable of its tangent.
    types : dict
        Those of the program's variables and of the new ones.
    """

    def __init__(self, program, activity):
        self.program, self.activity, self.fresh = program, activity, program.namer.fresh
        self.steepness = Steepness(activity)
        self.types = dict(program.types)
        self.dots = {n: self.fresh(f"{n}_dot") for n in sorted(activity.active)}
        for n, dot in self.dots.items():
            self.types[dot] = self.types[n]
        self.out, self.calls = [], {}

    # Statements -------------------------------------------------------------------------------

    def block(self, body):
        """Return the statements of a block with those of the tangents among them."""
        outer, self.out = self.out, []
        for s in body:
            self.statement(s)
        inner, self.out = self.out, outer
        return inner

    def statement(self, s):
        getattr(self, f"on_{type(s).__name__.lower()}")(s)

    def emit(self, s, like):
        """Append a statement, with the user's line of the statement ``like``."""
        s.line, s.file = like.line, like.file
        self.out.append(s)

    def assign(self, name, value, like):
        """Append an assignment."""
        self.emit(Assign(name, value), like)

    def variable(self, hint, type_):
        """Return a new variable."""
        name = self.fresh(hint)
        self.types[name] = type_
        return name

    def zero(self, name):
        """Return the statement that makes the tangent of a variable zero."""
        dot, t = self.dots[name], self.program.types[name]
        if not is_array(t):
            return Assign(dot, constant(0.0, FLOAT))
        order = "F" if t.layout == "F" else "C"
        t = self.types[dot] = types.Array(FLOAT, t.ndim, order)
        return Array(dot, zeros_like(name, t), "new")

    def on_raise(self, s):
        self.out.append(s)

    def on_assign(self, s):
        v = s.name
        if v not in self.dots:
            self.out.append(s)
            return
        dot, value, first = self.dots[v], s.value, None
        if self.reads_result(value):
            first = s.name
            if v in names_in(value):
                first = self.variable("r", s.value.type)
                s = replace(s, value=load(first, value.type))
            self.emit(Assign(first, value), s)
        tangent = self.dot(value, first) or constant(0.0, FLOAT)
        if not (isinstance(tangent, ast.Name) and tangent.id == dot):
            extreme = getattr(value, "rule", None) in EXTREMES
            self.emit(Assign(dot, tangent, beside=v if extreme else ""), s)
        if first != s.name:
            self.out.append(s)

    def on_store(self, s):
        if s.array in self.dots:
            tangent = self.dot(s.value)
            if tangent is not None or not s.add:
                tangent = tangent or constant(0.0, FLOAT)
                self.emit(Store(self.dots[s.array], clone(s.index), tangent, s.add), s)
        self.out.append(s)

    def on_fill(self, s):
        if s.array in self.dots:
            tangent = self.fill_value(s.value)
            if tangent is not None or not s.add:
                tangent = tangent or constant(0.0, FLOAT)
                self.emit(Fill(self.dots[s.array], tangent, s.add), s)
        self.out.append(s)

    def fill_value(self, value):
        """Return the tangent of a `Fill`'s value: a scalar, an array, or minus an array."""
        if not flows(value) & self.activity.active:
            return None
        if isinstance(value, ast.UnaryOp):
            inner = self.fill_value(value.operand)
            return typed(ast.UnaryOp(value.op, inner), value.type, "neg")
        return self.dot(value)

    def on_array(self, s):
        if s.name not in self.dots:
            self.out.append(s)
            return
        array_tangent(self, s)

    def on_if(self, s):
        self.out.append(replace(s, body=self.block(s.body), orelse=self.block(s.orelse)))

    def on_for(self, s):
        self.out.append(replace(s, body=self.block(s.body)))

    def on_while(self, s):
        self.out.append(replace(s, setup=self.block(s.setup), body=self.block(s.body)))

    def on_call(self, s):
        """Append the call of a recursive function's tangent, which is recursive, too."""
        key, label = self.tangent_of(s.function, s.label)
        arguments, callee = list(s.arguments), self.program.calls[s.function]
        for a, parameter in zip(s.arguments, callee.parameters, strict=True):
            if real(callee.types[parameter]):
                arguments.append(self.moving(a, s))
        value = s.names[0]
        dot = self.dots.get(value) or self.variable(f"{value}_dot", FLOAT)
        self.emit(Call([value, dot], key, arguments, label), s)

    def on_ruled(self, s):
        """Append the call of a function with a rule of its own, which gives the tangents."""
        if not any(n in self.dots for n in s.names):
            self.out.append(s)
            return
        names = [*s.names, *(self.dots.get(n) or self.still(n) for n in s.names)]
        label, function, primals = ruled_tangent(s)
        label = self.program.namer.of_global(label, function)
        dots = [self.moving(a, s) if real(a.type) else constant(None, None) for a in s.arguments]
        arguments = [typed(ast.Tuple(list(part), ast.Load()), None) for part in (primals, dots)]
        self.emit(Call(names, None, arguments, label), s)

    def still(self, name):
        """Return a new variable for the tangent of a result that is not active."""
        return self.variable(f"{name}_dot", self.types[name])

    def moving(self, a, s):
        """Return the tangent of an argument to pass, zeros if it is not active."""
        dot = self.dot(a)
        if dot is not None:
            return dot
        if not is_array(a.type):
            return constant(0.0, FLOAT)
        name = self.variable(f"{a.id}_dot", a.type)
        self.emit(Array(name, zeros_like(a.id, a.type), "new"), s)
        return load(name, a.type)

    def tangent_of(self, key, label):
        """Return (key, name) of a called function's tangent, made when it is first asked for."""
        new = (*key, "tangent")
        if new not in self.calls:
            name = self.fresh(f"{label}_tangent")
            self.calls[new] = name  # its calls of itself need the name while it is made
            program = self.program.calls[key]
            split(program)
            inputs = [p for p in program.parameters if real(program.types[p])]
            inner = Tangents(program, Activity(program, inputs))
            inner.calls = self.calls
            made = inner.program_of(inputs, name)
            self.calls[new] = made
        found = self.calls[new]
        return new, found if isinstance(found, str) else found.name

    def still_parameters(self, inputs):
        """Return statements that zero the tangents of active parameters that are no inputs."""
        made = []
        for n in self.program.parameters:
            if n in inputs or n not in self.dots:
                continue
            dot, t = self.dots[n], self.types[n]
            if is_array(t):
                made.append(Array(dot, zeros_like(n, t), "new"))
            else:
                made.append(Assign(dot, constant(0.0, FLOAT)))
        return made

    def program_of(self, inputs, name):
        """Return the tangent program, whose parameters are those of p and the inputs' tangents."""
        p = self.program
        body = [*self.still_parameters(inputs), *self.block(p.body)]
        received = []
        for x in inputs:
            if x not in self.dots:
                self.dots[x] = self.variable(f"{x}_dot", p.types[x])
            received.append(self.dots[x])
        # Parameters that get a tangent in the program: a workspace, a sum begun outside.
        begun = [x for x in p.parameters if x in self.dots and x not in inputs]
        body = [*(self.zero(x) for x in begun), *body]
        results = []
        for r in p.results:
            if r not in self.dots:  # a result that is not active
                self.dots[r] = self.variable(f"{r}_dot", FLOAT)
                body.append(self.zero(r))
            results.append(self.dots[r])
        places = [p.parameters.index(x) for x in inputs]
        moved = {len(p.parameters) + k for k, at in enumerate(places) if at in p.changes}
        return Program(
            name=name,
            parameters=[*p.parameters, *received],
            body=body,
            results=[*p.results, *results],
            returns_tuple=p.returns_tuple,
            types=self.types,
            namer=p.namer,
            file=p.file,
            calls=self.calls,
            strictness=p.strictness,
            changes=p.changes | moved,
        )


def tangent(program, activity, name):
    """Return the tangent of a program.

    Parameters
    ----------
    program : Program
        With a name for each live range.
    activity : Activity
    name : str

    Returns
    -------
    Program
        Its parameters are those of the program, then the tangents of the inputs; its results are
        those of the program, then their tangents.
    """
    return Tangents(program, activity).program_of(activity.inputs, name)


def directional(program, activity):
    """Return the program whose results are the tangents alone.

    Raises
    ------
    Unsupported
        Where the tangent has a statement that has no adjoint: a recursive call.
    """
    if program.calls:
        raise Unsupported("a second derivative of a function that calls itself")
    if any(isinstance(s, Ruled) for s in walk(program.body)):
        raise Unsupported("a second derivative of a function with a rule of its own")
    new = tangent(program, activity, program.namer.fresh(f"{program.name}_along"))
    return replace(new, results=new.results[len(program.results) :])

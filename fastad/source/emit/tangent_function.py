"""The tangent function: value and derivative along a direction, as Python source."""

import linecache

from ..analysis.activity import Activity, real
from ..analysis.live_ranges import split
from ..frontend.lower import lower
from ..ir.expressions import tuple_of
from ..ir.namer import Namer
from ..ir.printer import function_source
from ..ir.statements import (
    Comment,
    Function,
    Return,
    Unsupported,
    is_array,
)
from ..ir.templates import statements
from ..ir.verify import verify
from ..optimise.pipeline import chosen, made
from ..reverse.storage import Sweeps, base_of, lifted
from ..tangent.program import tangent
from .compile import decorators
from .namespace import known_objects


class GeneratedTangent(Sweeps):
    """The tangent of a function for some argument types.

    With ``lift`` values and tangents, and the items of their arrays, are Jets: those of a driver
    around this one.

    Attributes
    ----------
    name : str
    source : str
        ``def name(parameters, tangents): ... return (results), (tangents)``.
    namespace : dict
        The globals of the source.
    """

    def __init__(self, function, argument_types, argnums, lift=False):
        known = known_objects()
        namer = Namer(known)
        original = split(lower(function, argument_types, namer))
        self.returned = original.returned
        activity = Activity(original, [original.parameters[k] for k in argnums])
        self.name = namer.fresh(f"{original.name}_tangent")
        self.program = tangent(original, activity, self.name)
        self.moving = self.program.parameters[len(original.parameters) :]
        self.where = None  # the user's line that was last shown as a comment
        self.passes, self.lift = made(chosen()), lift
        begin = self.begin_lifted(activity) if lift else self.begin(activity)
        functions = [self.function(p) for p in self.program.calls.values()]
        functions.append(self.function(self.program, begin))
        self.source = "\n\n".join(functions)
        self.namespace = known | namer.namespace | decorators(original.strictness)
        own = {n for q in (self.program, *self.program.calls.values()) for n in q.types}
        verify(self.source, self.namespace, own)

    def begin(self, activity):
        """Return statements that copy arguments which the function, or its caller, may change."""
        p, changed = self.program, activity.changed()
        results = {activity.memory(r) for r in p.results}  # a result is no argument
        arrays = [n for n in activity.inputs if is_array(p.types[n])]
        copied = [n for n in arrays if activity.memory(n) in changed | results]
        body = [t for n in copied for t in statements("x = copy_of(x)", x=n)]
        for x, dot in zip(activity.inputs, self.moving, strict=True):
            body += statements("dot = tangent_for(x, dot)", x=x, dot=dot)
        return body

    def begin_lifted(self, activity):
        """Return statements that make the differentiated arguments and their tangents hold Jets."""
        p, changed = self.program, activity.changed()
        for x in p.parameters[: -len(self.moving)]:
            if is_array(p.types[x]) and x not in activity.inputs and activity.memory(x) in changed:
                raise Unsupported(f"a derivative of a driver of a function that writes into {x}")
        body = []
        for x, dot in zip(activity.inputs, self.moving, strict=True):
            body += statements("dot = tangent_for(x, dot)", x=x, dot=dot)
            if is_array(p.types[x]):
                body += [lifted(n) for n in (x, dot)]
        return body

    def function(self, p, begin=()):
        """Return the source of a tangent program."""
        if self.lift:
            begin = [base_of(p.parameters), *begin]
            self.activity = Activity(p, [n for n in p.parameters if real(p.types[n])])
        half = len(p.results) // 2
        parts = (p.results[:half], p.results[half:])
        last = Return(tuple_of([tuple_of(q) if p.returns_tuple else q[0] for q in parts]))
        body = [*begin, *self.plain(p.body)]
        known = self.passes.ask("not_negative", [p], body) or set()
        return function_source(Function(p.name, p.parameters, [*body, last], "sweeping"), known)

    def plain_statement(self, s):
        """Return a statement, after a comment with the user's line if that is another one now."""
        line = linecache.getline(s.file, s.line).strip() if s.file else ""
        if not line or (s.file, s.line) == self.where:
            return super().plain_statement(s)
        self.where = s.file, s.line
        return [Comment(line), *super().plain_statement(s)]

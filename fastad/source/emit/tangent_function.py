"""The tangent function: value and derivative along a direction, as Python source."""

import linecache

from ..analysis.activity import Activity, real
from ..analysis.live_ranges import split
from ..analysis.nonnegative import not_negative
from ..frontend.lower import lower
from ..ir.namer import Namer
from ..ir.statements import Call, Fill, Store, Unsupported, is_array, walk
from ..ir.verify import verify
from ..optimise.pipeline import chosen
from ..reverse.outline import Names, indented
from ..reverse.storage import Sweeps
from ..tangent.program import tangent
from .compile import decorators
from .namespace import known_objects


class GeneratedTangent(Sweeps):
    """The tangent of a function for some argument types.

    With ``lift`` values and tangents are Jets of another derivative, that of a driver around
    this one, and so are the arrays that hold them.

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
        self.where = None  # the user's line that was shown last
        self.passes, self.lift = chosen(), lift
        begin = self.begin_lifted(activity) if lift else self.begin(activity)
        functions = [self.function(p) for p in self.program.calls.values()]
        functions.append(self.function(self.program, begin))
        self.source = "\n\n".join("\n".join(indented(f)) + "\n" for f in functions)
        self.namespace = known | namer.namespace | decorators(original.strictness)
        own = {n for q in (self.program, *self.program.calls.values()) for n in q.types}
        verify(self.source, self.namespace, own)

    def changed(self, activity):
        """Return the memory that the function may write into."""
        p = self.program
        changed = {activity.memory(s.array) for s in walk(p.body) if isinstance(s, Store | Fill)}
        for s in walk(p.body):
            if isinstance(s, Call):
                changed |= {activity.memory(a.id) for a in s.arguments if is_array(a.type)}
        return changed

    def begin(self, activity):
        """Return lines that make arguments what the function may change."""
        p, changed = self.program, self.changed(activity)
        results = {activity.memory(r) for r in p.results}  # a result is no argument
        arrays = [n for n in activity.inputs if is_array(p.types[n])]
        copied = [n for n in arrays if activity.memory(n) in changed | results]
        lines = [f"{n} = copy_of({n})" for n in copied]
        for x, dot in zip(activity.inputs, self.moving, strict=True):
            lines.append(f"{dot} = tangent_for({x}, {dot})")
        return lines

    def begin_lifted(self, activity):
        """Return lines that make the differentiated arguments and their tangents hold Jets."""
        p, changed = self.program, self.changed(activity)
        for x in p.parameters[: -len(self.moving)]:
            if is_array(p.types[x]) and x not in activity.inputs and activity.memory(x) in changed:
                raise Unsupported(f"a derivative of a driver of a function that writes into {x}")
        lines = []
        for x, dot in zip(activity.inputs, self.moving, strict=True):
            lines.append(f"{dot} = tangent_for({x}, {dot})")
            if is_array(p.types[x]):
                lines += [f"{n} = lifted({n}, base_)" for n in (x, dot)]
        return lines

    def function(self, p, begin=()):
        """Return the lines of a tangent program."""
        if self.lift:
            begin = [f"base_ = base_zero(({', '.join(p.parameters)},))", *begin]
            self.activity = Activity(p, [n for n in p.parameters if real(p.types[n])])
        lines = [*begin, *self.plain(p.body)]
        half = len(p.results) // 2
        values, dots = (
            f"({', '.join(part)},)" if p.returns_tuple else part[0]
            for part in (p.results[:half], p.results[half:])
        )
        header = f"def {p.name}({', '.join(p.parameters)}):"
        names = Names(lines)
        found = not_negative(p) if "unsigned" in self.passes else set()
        found &= names.loaded | names.stored
        named = ", ".join(f'"{n}"' for n in sorted(found))
        return [f"@sweeping({named})", header, [*lines, f"return {values}, {dots}"]]

    def plain(self, body):
        """Return the lines of statements, under the lines of the user's that they are of."""
        lines = []
        for s in body:
            line = linecache.getline(s.file, s.line).strip() if s.file else ""
            if line and (s.file, s.line) != self.where:
                lines.append(f"# {line}")
                self.where = s.file, s.line
            lines += super().plain([s])
        return lines

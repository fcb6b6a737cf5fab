"""The tangent function: value and derivative along a direction, as Python source."""

import linecache

from .activity import Activity
from .build import decorators
from .ir import Call, Fill, Store, unused, walk
from .keeping import Sweeps
from .lower import lower
from .lower_expressions import is_array
from .outline import Names, indented
from .runtime import NAMES_OF_TANGENTS, namespace
from .signs import not_negative
from .tangent import tangent
from .webs import split

RESERVED = (*namespace(), *NAMES_OF_TANGENTS)


class GeneratedTangent(Sweeps):
    """The tangent of a function for some argument types.

    Attributes
    ----------
    name : str
    source : str
        ``def name(parameters, tangents): ... return (results), (tangents)``.
    namespace : dict
        The globals of the source.
    """

    lift = False

    def __init__(self, function, argument_types, argnums):
        original = split(lower(function, argument_types, reserved=RESERVED))
        self.returned = original.returned
        activity = Activity(original, [original.parameters[k] for k in argnums])
        self.taken = {*original.types, *original.namespace, *RESERVED}
        self.name = f"{original.name}_tangent"
        self.program = tangent(original, activity, self.fresh, self.name)
        self.moving = self.program.parameters[len(original.parameters) :]
        self.where = None  # the user's line that was shown last
        functions = [self.function(p) for p in self.program.calls.values()]
        functions.append(self.function(self.program, self.begin(activity)))
        self.source = "\n\n".join("\n".join(indented(f)) + "\n" for f in functions)
        self.namespace = namespace() | NAMES_OF_TANGENTS | self.program.namespace
        for p in self.program.calls.values():
            self.namespace |= p.namespace
        self.namespace |= decorators(function)

    def fresh(self, hint):
        """Return an unused name like the hint."""
        return unused(hint, self.taken)

    def begin(self, activity):
        """Return lines that make arguments what the function may change."""
        p = self.program
        changed = {activity.memory(s.array) for s in walk(p.body) if isinstance(s, Store | Fill)}
        for s in walk(p.body):
            if isinstance(s, Call):
                changed |= {activity.memory(a.id) for a in s.arguments if is_array(a.type)}
        changed |= {activity.memory(r) for r in p.results}  # a result is no argument
        given = p.parameters[: -len(self.moving)]
        lines = [
            f"{n} = {n}.copy()"
            for n in given
            if is_array(p.types[n]) and activity.memory(n) in changed
        ]
        for x, dot in zip(activity.inputs, self.moving, strict=True):
            lines.append(f"{dot} = tangent_for({x}, {dot})")
        return lines

    def function(self, p, begin=()):
        """Return the lines of a tangent program."""
        lines = [*begin, *self.plain(p.body)]
        half = len(p.results) // 2
        values, dots = (
            f"({', '.join(part)},)" if p.returns_tuple else part[0]
            for part in (p.results[:half], p.results[half:])
        )
        header = f"def {p.name}({', '.join(p.parameters)}):"
        names = Names(lines)
        found = not_negative(p) & (names.loaded | names.stored)
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

"""What the two sweeps share: the program's own lines, the stacks, the state of the builder."""

from numba.core import types

from ..analysis.activity import real
from ..analysis.dependence import exposed, sum_term
from ..ir.statements import (
    Array,
    Assign,
    Call,
    Fill,
    For,
    If,
    Raise,
    Ruled,
    Store,
    Unsupported,
    While,
    arrays_bound,
    text,
    walk,
    written,
)


class Frame:
    """Room on the stacks for a loop whose iterations all keep the same number of values.

    The k-th value of iteration i is at ``top_ + k * iterations + i``, so that each is a vector.
    """

    def __init__(self, iterations, index):
        self.iterations, self.index = iterations, index
        self.count = {"stack_": 0, "kept_": 0}
        self.sources = []  # what is kept

    def slot(self, stack):
        k = self.count[stack]
        self.count[stack] += 1
        offset = (
            "" if k == 0 else f" + {self.iterations}" if k == 1 else f" + {k} * {self.iterations}"
        )
        index = "" if self.index == "0" else f" + {self.index}"
        return f"{stack}[{TOP[stack]}{offset}{index}]"


TOP = {"stack_": "top_", "kept_": "kept_top_"}


def framed_lines(frame, count):
    """Return the lines before and after a loop with a frame, and those before its reverse."""
    before, after, back = [], [], []
    used = {k: c for k, c in frame.count.items() if c} if frame else {}
    if used:
        before.append(f"{frame.iterations} = {count}")
        back.append(f"{frame.iterations} = {count}")
    for stack, c in used.items():
        size = frame.iterations if c == 1 else f"{c} * {frame.iterations}"
        before.append(f"{stack} = room({stack}, {TOP[stack]}, {size})")
        after.append(f"{TOP[stack]} += {size}")
        back.append(f"{TOP[stack]} -= {size}")
    return before, after, back


class Sweeps:
    """The part of the adjoint's builder that prints the program and keeps values."""

    unread = frozenset()  # scalars that need not be computed

    def plain(self, body):
        """Return the lines of the program itself."""
        lines = []
        for s in body:
            if isinstance(s, Assign) and s.name in self.unread:
                continue
            if self.lift and isinstance(s, Array) and s.name in self.activity.active:
                made = getattr(s.value, "operation", "") in ("constant", "full", "full_like")
                if made or (s.kind == "new" and not self.activity.is_active(s.value)):
                    lines.append(f"{s.name} = lifted({text(s.value)}, base_)")
                    continue
            if isinstance(s, Assign | Array):
                t = self.augmented(s)
                lines.append(t or f"{s.name} = {text(s.value)}")
            elif isinstance(s, Store):
                index = ", ".join(text(i) for i in s.index)
                lines.append(f"{s.array}[{index}] {'+=' if s.add else '='} {text(s.value)}")
            elif isinstance(s, Fill):
                lines.append(f"{s.array}[:] {'+=' if s.add else '='} {text(s.value)}")
            elif isinstance(s, If):
                lines += [f"if {text(s.test)}:", self.plain(s.body) or ["pass"]]
                if s.orelse:
                    lines += ["else:", self.plain(s.orelse)]
            elif isinstance(s, For):
                lines += [f"for {s.name} in {self.range(s)}:", self.plain(s.body) or ["pass"]]
                if s.until:
                    lines[-1] = [*lines[-1], f"if {s.until}:", ["break"]]
            elif isinstance(s, While):
                setup = self.plain(s.setup)
                inner = [*self.plain(s.body)]
                if s.until:
                    inner += [f"if {s.until}:", ["break"]]
                lines += [*setup, f"while {text(s.test)}:", [*inner, *setup] or ["pass"]]
            elif isinstance(s, Raise):
                lines.append(f"raise {text(s.value)}")
            elif isinstance(s, Call | Ruled):
                arguments = ", ".join(text(a) for a in s.arguments)
                lines.append(f"{', '.join(s.names)} = {s.label}({arguments})")
        return lines

    def shown(self, s):
        """Return the line of a statement, to be shown as a comment."""
        if isinstance(s, Assign):
            return self.augmented(s) or f"{s.name} = {text(s.value)}"
        return self.plain([s])[0]

    @staticmethod
    def augmented(s):
        term = sum_term(s)
        if term is None or isinstance(s, Array):
            return None
        return f"{s.name} {'+=' if term[0] > 0 else '-='} {text(term[1])}"

    @staticmethod
    def range(s):
        start, stop, step = (text(e) for e in (s.start, s.stop, s.step))
        if step != "1":
            return f"range({start}, {stop}, {step})"
        return f"range({stop})" if start == "0" else f"range({start}, {stop})"

    # Keeping values --------------------------------------------------------------------------

    def stack_for(self, t):
        if real(t):
            return "stack_"
        if isinstance(t, types.Integer | types.Boolean):
            return "kept_"
        raise Unsupported(f"a value of type {t} would have to be kept")

    def keep(self, source, t):
        """Return (F lines that keep a value, the source that takes it back, R lines before)."""
        stack = self.stack_for(t)
        self.stacks.add(stack)
        self.events += 1
        if self.frame is not None:
            slot = self.frame.slot(stack)
            self.frame.sources.append(source)
            back = f"{slot} != 0" if isinstance(t, types.Boolean) else slot
            return [f"{slot} = {source}"], back, []
        top = TOP[stack]
        if stack == "stack_":
            self.pushes += 1
            room = []
        else:
            room = [f"{stack} = room({stack}, {top}, 1)"]
        back = f"{stack}[{top}]"
        if isinstance(t, types.Boolean):
            back = f"{back} != 0"
        return [*room, f"{stack}[{top}] = {source}", f"{top} += 1"], back, [f"{top} -= 1"]

    def zero(self, name):
        """Return the source of a zero of a variable's type."""
        t = self.types[name]
        if isinstance(t, types.Boolean):
            return "False"
        return "0.0" if isinstance(t, types.Float) else "0"

    def mark(self):
        """Return the state, to be given to `back`."""
        return (
            *(set(self.used), set(self.stacks), set(self.starts)),
            *(dict(self.lists), self.pushes, self.events, set(self.carried)),
            list(self.functions),
            *(dict(self.pairs), set(self.late)),
        )

    def back(self, state):
        """Forget what was done since `mark`."""
        self.used, self.stacks, self.starts = map(set, state[:3])
        self.lists, self.pushes, self.events = dict(state[3]), state[4], state[5]
        self.carried, self.functions = set(state[6]), list(state[7])
        self.pairs.clear()
        self.pairs.update(state[8])
        self.late = set(state[9])


def carried_arrays(adjoint, body, needed):
    """Return the array variables whose binding an iteration may take from before it.

    Those that an iteration reads before it binds them, and those that an earlier statement's
    reverse needs as they were.
    """
    inside = list(walk(body))
    bound = {n for t in inside for n in arrays_bound(t)}
    elsewhere = {*adjoint.program.parameters}
    for t in adjoint.loops.all:
        if not any(t is u for u in inside):
            elsewhere |= set(written(t))
    return bound & (exposed(body) | (needed & elsewhere))


def own_arrays(body, carried):
    """Return the array variables that an iteration binds, and its reverse binds again."""
    return {n for t in walk(body) for n in arrays_bound(t)} - carried

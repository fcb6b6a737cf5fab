"""A long loop whose iterations are run again from snapshots (`fastad.checkpoint`).

F runs the loop and keeps the state before some iterations, the snapshots.  R reverses one iteration
after the other, from the last on.  For each it takes the last snapshot before that iteration, runs
the loop from there up to it, with new snapshots on the way where there is room again, and then runs
the iteration forward and backward, with stacks as long as one iteration needs.

Variables of the generated code: ``held`` has the iterations before which the states were kept,
``newest`` is the position of the last of them; ``v_saved`` has the states of a variable v.
"""

from ..analysis.activity import real
from ..analysis.array_coverage import covers
from ..analysis.contents import content
from ..analysis.dependence import exposed
from ..ir.expressions import (
    call,
    constant,
    expression,
    item,
    load,
    name_or_copy,
    names_in,
)
from ..ir.statements import (
    Array,
    Assign,
    Call,
    Do,
    Fill,
    For,
    Set,
    Store,
    Unsupported,
    is_array,
    reads_of,
    walk,
    written,
)
from ..ir.templates import statements
from .loop_facts import times
from .loops import for_loop
from .storage import as_kept, carried_arrays, zeros_for


class State:
    """The state of a loop: what an iteration takes from earlier ones, or R has to restore.

    Attributes
    ----------
    numbers : list of str
        Scalars.
    items : list of str
        Arrays into which iterations write.
    bound : list of str
        Array variables that iterations bind to other arrays.
    """

    def __init__(self, adjoint, s, needed):
        self.adjoint, self.types = adjoint, adjoint.types
        body = list(walk(s.body))
        if any(isinstance(t, Call) for t in body):
            self.refuse(s, "calls a function that calls itself")
        assigned = {n for t in body for n in written(t)}
        numbers = {n for n in assigned if not is_array(self.types[n])} - {s.name}
        self.numbers = sorted(numbers & (exposed(s.body) | needed))
        self.bound = sorted(carried_arrays(adjoint, s.body, needed))
        fresh = {t.name for t in body if isinstance(t, Array) and t.kind == "new"}
        outside = {*adjoint.program.parameters}
        for t in adjoint.loops.all:
            if not any(t is u for u in body):
                outside |= set(written(t))
        writes = [t for t in body if isinstance(t, Store | Fill)]
        memories = {adjoint.memory(t.array) for t in writes}
        memories -= fresh - {adjoint.memory(v) for v in outside}
        self.items, self.rewritten = [], set()
        for m in sorted(memories):
            here = [t.array for t in writes if adjoint.memory(t.array) == m]
            names = {v for n in here for v in self.owners(n, body, outside)}
            bound = sorted(names & {*self.bound})
            self.rewritten |= {*bound}
            seen = {m, content(m)} & needed or not covers(adjoint.loops, m, s)
            if not bound and (seen or names != {m}):
                self.items += sorted(names)
        anywhere = {
            adjoint.memory(t.array) for t in adjoint.loops.all if isinstance(t, Store | Fill)
        }
        for n in self.bound:
            if n not in outside:
                self.refuse(s, f"takes {n} from the iteration before, but none is made before it")
            same = {v for v in outside if v != n and adjoint.memory(v) == adjoint.memory(n)}
            if same and adjoint.memory(n) in anywhere:
                other = f"{n} and {min(same)} may be parts of one"
                self.refuse(s, f"binds {n} to other arrays, and writes into arrays where {other}")
        self.changed = assigned | {s.name} | {content(m) for m in memories}
        self.saved = {n: adjoint.fresh(f"{n}_saved") for n in self.all}
        self.first = {n: adjoint.fresh(f"{n}_first") for n in self.bound}
        self.first_bar = {n: adjoint.fresh(f"{n}_first_bar") for n in self.bound}
        adjoint.starts |= set(self.numbers)

    def owners(self, name, body, outside):
        """Return the variables bound before the loop of which an array may be a view."""
        found, todo, seen = set(), [name], set()
        while todo:
            n = todo.pop()
            if n in outside:
                found.add(n)
            if n not in seen:
                seen.add(n)
                todo += [t.of for t in body if isinstance(t, Array) and t.name == n and t.of]
        return found

    @property
    def all(self):
        return [*self.numbers, *self.items, *self.bound]

    def refuse(self, s, why):
        raise Unsupported(
            f"a loop over checkpoint {why}; write into one array (y[:] = ...), or use range", s
        )

    def room(self, states):
        """Return statements that make room for some states."""
        body = []
        for n in self.numbers:
            template = "new_stack(base_, n)" if real(self.types[n]) else "np.empty(n, np.int64)"
            body.append(Assign(self.saved[n], expression(template, n=states)))
        for n in self.items:
            body.append(Assign(self.saved[n], expression("saved_for(x, n)", x=n, n=states)))
        for n in self.bound:
            body += statements("saved = [x]", saved=self.saved[n], x=n)
            body.append(Assign(self.first[n], load(n)))
            if n in self.adjoint.bars:
                body.append(Assign(self.first_bar[n], load(self.adjoint.bars[n])))
        return body

    def keep(self, place):
        """Return statements that keep the state at a position."""
        body = [Store(self.saved[n], [load(place)], load(n)) for n in (*self.numbers, *self.items)]
        return [*body, *(Do(call("put", [self.saved[n], place, n])) for n in self.bound)]

    def take(self, place):
        """Return statements that restore a state's numbers, and the items of its arrays."""
        body = []
        for n in self.numbers:
            value = item(self.saved[n], [name_or_copy(place)])
            body.append(Assign(n, as_kept(value, self.types[n])))
        return [*body, *(self.refill(n, place) for n in self.items)]

    def refill(self, name, place):
        """Return the statement that restores an array's items."""
        return Store(name, [constant(..., None)], item(self.saved[name], [name_or_copy(place)]))

    def take_bound(self, place):
        """Return statements that bind array variables to copies of the arrays of a state."""
        return [
            Assign(n, call("copy_of", [item(self.saved[n], [load(place)])])) for n in self.bound
        ]

    def bars(self):
        """Return (name, adjoint) of those array variables in ``bound`` that are active."""
        return [(n, self.adjoint.bars[n]) for n in self.bound if n in self.adjoint.bars]

    def renewed(self):
        """Return statements that make new adjoints for arrays that an iteration binds."""
        return [zeros_for(bar, n) for n, bar in self.bars()]

    def restored(self):
        """Return statements that restore the state before the loop."""
        zero = constant(0, None)
        body = self.take(zero)
        for n in self.bound:
            body.append(Assign(n, load(self.first[n])))
            if n in self.rewritten:
                body.append(self.refill(n, zero))
        for n, bar in self.bars():
            body.append(Set(load(self.first_bar[n]), load(bar), "+"))
            body.append(Assign(bar, load(self.first_bar[n])))
        return body


def checkpointed_loop(adjoint, s, needed):
    """Return (F, R, needed) of a loop over ``fastad.checkpoint``.

    Raises
    ------
    Unsupported
        Inside another loop, and where the state cannot be told.
    """
    if adjoint.inside:
        raise Unsupported("checkpoint inside another loop; use it for the outer one, or range", s)
    state = State(adjoint, s, needed)
    if not any(n in adjoint.activity.active for t in walk(s.body) for n in _binds(t)):
        return for_loop(adjoint, s, needed)  # no adjoint, but values it overwrites may be needed
    if s.name in needed:
        raise Unsupported(f"{s.name} is needed before the loop; use another name", s)
    f, r, uses = _iteration(adjoint, s, state)
    forward, back = _sweeps(adjoint, s, state, f, r)
    adjoint.used |= uses
    return forward, back, (needed - state.changed) | uses


def _sweeps(adjoint, s, state, f, r):
    """Return (F, R) of the loop, from those of one iteration."""
    words = ("iterations", "states", "held", "newest", "upcoming", "left", "start", "place")
    names = {word: adjoint.fresh(word) for word in words}
    saved = [*state.saved.values(), *state.first.values(), *state.first_bar.values()]
    adjoint.program.namer.conditional |= {*names.values(), *saved}  # bound under a condition
    body = adjoint.plain(s.body)
    names |= {"k": s.name, "BODY": body}
    forward = statements(
        """
        iterations = max(stop, 0)
        states = snapshots_for(iterations, snapshots)
        ROOM
        held = np.zeros(states + 1, np.int64)
        newest = -1
        upcoming = 0
        """,
        stop=s.stop,
        snapshots=s.snapshots,
        ROOM=state.room(expression("states + 1", **names)),
        **names,
    )
    done = names["iterations"]
    sweep = statements(_KEEP, KEEP=state.keep(names["newest"]), end=done, **names)
    if s.exit_flag:
        done = adjoint.fresh("done")
        adjoint.program.namer.conditional.add(done)
        forward.append(Assign(done, constant(0, None)))
        sweep += [*body, *statements("done += 1", done=done)]
    else:  # keep the state before the last iteration, with which R begins
        last = state.keep(names["states"])
        sweep += statements("if k == iterations - 1: LAST", LAST=last, **names)
        sweep += body
    loop = times(s.name, names["iterations"], sweep)
    loop.exit_flag = s.exit_flag
    forward.append(loop)
    names["done"] = done
    renewed = state.renewed()
    if renewed:
        forward += statements("if done > 0: RENEWED", RENEWED=renewed, **names)
    ends = [(n, bar, adjoint.fresh(f"{bar}_end")) for n, bar in state.bars()]
    back = statements(
        _BACK,
        # If the loop cannot be left early, the state before its last iteration has been kept.
        AT_LAST=[] if s.exit_flag else statements(_AT_LAST, **names),
        TAKE=[*state.take(names["place"]), *state.take_bound(names["place"])],
        AGAIN=statements(_KEEP, KEEP=state.keep(names["newest"]), end=names["left"], **names),
        ENDS=[*(Assign(end, load(bar)) for _, bar, end in ends), *renewed],
        F=f,
        R=[*(Set(load(bar), load(end), "+") for _, bar, end in ends), *r],
        **names,
    )
    last = state.restored()
    return forward, [*back, *(statements("if done > 0: LAST", LAST=last, **names) if last else [])]


_KEEP = """
    if k == upcoming:
        newest += 1
        held[newest] = k
        KEEP
        upcoming = next_snapshot(k, end, states - newest - 1)
"""

_AT_LAST = """
    if left == iterations:
        place = states
        start = iterations - 1
"""

_BACK = """
    left = done
    while left > 0:
        while held[newest] >= left:
            newest -= 1
        place = newest
        start = held[newest]
        AT_LAST
        TAKE
        upcoming = next_snapshot(start, left, states - newest - 1)
        for k in range(start, left - 1):
            AGAIN
            BODY
        k = left - 1
        ENDS
        F
        R
        left -= 1
"""


def _binds(t):
    return {t.array} if isinstance(t, Store | Fill) else set(written(t))


def _iteration(adjoint, s, state):
    """Return (F, R, what they read) of one iteration."""
    outer = adjoint.frame, adjoint.used, adjoint.carried
    adjoint.frame, adjoint.used = None, set()
    adjoint.carried = outer[2] | set(state.bound)
    adjoint.inside += 1
    f, r, _ = adjoint.block(s.body, set(), at_once=True)
    adjoint.inside -= 1
    used = adjoint.used
    adjoint.frame, adjoint.used, adjoint.carried = outer
    for e in (s.stop, s.snapshots):
        used |= names_in(e) | adjoint.contents(e)
    for t in walk(s.body):
        used |= reads_of(t)
        if isinstance(t, Store | Fill):
            used.add(t.array)
        used |= adjoint.activity.contents.read_by(t)
        if isinstance(t, For) and t.exit_flag:
            used.add(t.exit_flag)
    return f, r, used - state.changed

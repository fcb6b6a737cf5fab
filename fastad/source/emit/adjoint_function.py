"""The generated function: value and cotangents in one, as Python source."""

from numba.np.numpy_support import as_dtype

from ..analysis.activity import Activity
from ..analysis.live_ranges import split
from ..frontend.lower import lower
from ..ir.expressions import call, constant, expression, load, tuple_of
from ..ir.namer import Namer
from ..ir.printer import function_source
from ..ir.statements import (
    TOPS,
    Assign,
    Call,
    For,
    Function,
    Names,
    Return,
    Ruled,
    Unsupported,
    While,
    arrays_bound,
    is_array,
    walk,
    written,
)
from ..ir.templates import statements
from ..ir.verify import verify
from ..optimise.pipeline import chosen, made
from ..reverse.adjoint import Adjoint
from ..reverse.outline import new_stack, received, returned, stacks_given
from ..reverse.storage import base_of, lifted, zeroed, zeros_for
from ..tangent.program import directional
from .compile import decorators
from .namespace import known_objects


class Generated:
    """The adjoint of a function for some argument types.

    With ``along`` it is the adjoint of the function's tangent: the tangents of the differentiated
    parameters follow the parameters, and the adjoints are the derivatives of the directional
    derivative by the arguments ``by`` (argnums, if not given): a Hessian-vector product.  With
    ``lift`` the active arrays hold Jets, those of a driver around this one.  ``passes`` are the
    names of the optimisations, by default those that `fastad.source.optimise.pipeline.chosen`
    returns.  Without ``in_threads`` one thread reverses loops under prange.

    Attributes
    ----------
    name : str
    source : str
        ``def name(parameters, cotangents): ... return (results), (adjoints)``.
    namespace : dict
        The globals of the source.
    """

    def __init__(
        self,
        function,
        argument_types,
        argnums,
        lift=False,
        along=False,
        by=None,
        passes=None,
        in_threads=True,
    ):
        passes = made(chosen() if passes is None else passes)
        merges = "elementwise" in passes and not (lift or along)
        known = known_objects()
        namer = Namer(known)
        p = split(lower(function, argument_types, namer, merges=merges))
        self.returned = p.returned
        self.inputs = [p.parameters[k] for k in argnums]
        self.activity = Activity(p, self.inputs)
        if along:
            p = directional(p, self.activity)
            self.inputs = self.inputs if by is None else [p.parameters[k] for k in by]
            self.activity = Activity(p, self.inputs)
        self.program = p
        self.adjoint = Adjoint(p, self.activity, passes)
        self.adjoint.lift, self.adjoint.in_threads = lift, in_threads
        changed = self.changed()
        self.lifted = [] if not lift else [n for n in changed if n in self.activity.varied]
        for n in p.parameters if lift else ():
            if n in self.activity.varied and n not in (*self.inputs, *self.lifted):
                raise Unsupported(
                    f"{n} is not differentiated, but a variable is now this array, now one that "
                    "is; differentiate by it, too, or copy it"
                )
        self.along = along
        if along:
            self.adjoint.unread = passes.ask("unread", self.adjoint) or frozenset()
        self.name = namer.fresh(f"{p.name}_pullback")
        self.cotangents = [self.adjoint.fresh(f"{r}_seed") for r in p.results]
        self.values = [self.adjoint.fresh(f"{r}_value") for r in p.results]
        body = self.body()
        pullback = Function(self.name, [*p.parameters, *self.cotangents], body, "sweeping")
        functions = [*self.adjoint.functions, pullback]
        programs = [p, *p.calls.values()]
        self.sources = [
            function_source(f, passes.ask("not_negative", programs, f.body)) for f in functions
        ]
        self.source = "\n\n".join(self.sources)
        self.namespace = known | namer.namespace | decorators(p.strictness)
        own = {n for q in (p, *p.calls.values()) for n in q.types}
        verify(self.source, self.namespace, own | namer.conditional)

    def body(self):
        """Return the body of the pullback: arrays are made, the two sweeps, the results."""
        a, p = self.adjoint, self.program
        copies = self.copies()
        whole = a.passes.ask("whole", self)
        if whole is not None:
            return [*copies, *whole]
        first, rest = self.allocations()
        bound = {n for s in walk(p.body) for n in written(s)}
        # The adjoints that are returned are those of the arrays that were passed.
        again = {x for x in self.inputs if x in bound and is_array(p.types[x])}
        forward, back, needed = a.block(first, again)
        apart = not a.events and any(isinstance(s, For | While) for s in walk(p.body))
        middle = a.passes.ask("body", self, rest, needed) or self.plain_order(rest, needed)
        last = [*back, self.end(tuple_of(self.values) if p.returns_tuple else self.values[0])]
        starts = self.starts()
        if apart:
            middle = self.sweeps(first, forward, middle, last, starts)
        else:
            used = Names([*forward, *middle, *last]).loaded
            forward = [*(t for t in starts if t.name in used), *forward]
        return [*copies, *self.zeros(), *forward, *middle, *last]

    def end(self, value):
        """Return the return statement: (value, adjoints), None for the value with ``along``."""
        value = constant(None, None) if self.along else value
        bars = [
            self.adjoint.bars.get(x) or expression("zeros_for(x, base_)", x=x) for x in self.inputs
        ]
        return Return(tuple_of([value, tuple_of(bars)]))

    def allocations(self):
        """Split the program after the last array that is made outside of branches and loops."""
        body = self.program.body
        last = [
            k for k, s in enumerate(body) if getattr(s, "kind", "") == "new" or isinstance(s, Ruled)
        ]
        at = last[-1] + 1 if last else 0
        if any(isinstance(s, Call | While) or _returns(s) for s in walk(body[:at])):
            at = 0
        return body[:at], body[at:]

    def sweeps(self, first, forward, middle, last, starts):
        """Make the sweeps a function of their own, in which arrays are known not to overlap."""
        a, p = self.adjoint, self.program
        inside, outside = Names(middle), Names([*forward, *last])
        made = {n for s in walk(first) for n in written(s)} | set(p.parameters)
        arrays = {n for n in made if is_array(p.types.get(n))}
        made |= {a.bars[n] for n in arrays if n in a.bars} | {*self.given.values()}
        results = sorted(inside.stored & Names(last).loaded)
        # A result that is bound on some paths only is a parameter, too, and keeps its value.
        given = sorted({*inside.loaded, *results} & (made | {"base_", *self.cotangents}))
        starts = [t for t in starts if t.name not in made]  # parameters have values
        before = [t for t in starts if t.name in outside.loaded - set(results)]
        own = {name for pair in TOPS.items() for name in pair}
        touched = (inside.loaded | inside.stored) - own
        begin = [t for t in starts if t.name in touched]
        extra, middle = stacks_given(a, inside, middle, begin)
        if "base_" in Names(begin).loaded and "base_" not in given:
            given = ["base_", *given]
        name = a.fresh(f"{p.name}_sweeps")
        a.add_function(name, [*given, *extra], [*begin, *middle, returned(results)])
        return [*before, received(results, call(name, [*given, *extra.values()]))]

    def changed(self):
        """Return the arguments into which the function writes."""
        p, changed = self.program, self.activity.changed()
        return [
            n for n in p.parameters if is_array(p.types[n]) and self.activity.memory(n) in changed
        ]

    def copies(self):
        """Return statements that copy the arguments into which the function writes.

        With ``lift`` the copies hold Jets, as far as f writes active values into them.
        """
        self.given = {}  # parameter that f writes into -> the name of the caller's array
        a, p = self.adjoint, self.program
        body, bound = [], {n for s in walk(p.body) for n in written(s)}
        for n in self.changed():
            if n not in self.inputs:
                if n in bound:
                    raise Unsupported(
                        f"the array {n} is written into, and {n} bound to another; use two names"
                    )
                self.given[n] = a.fresh(f"{n}_given")
                body.append(Assign(self.given[n], load(n)))
            body += statements("x = copy_of(x)", x=n)
        body.append(base_of([*p.parameters, *self.cotangents]))
        return [*body, *(lifted(n) for n in self.lifted if n in self.given)]

    def left(self):
        """Return statements that write into the caller's arrays what f writes into them.

        Arrays that are differentiated keep their values.
        """
        body = []
        for n, given in self.given.items():
            template = "leave(given, x)" if n in self.lifted else "given[...] = x"
            body += statements(template, given=given, x=n)
        return body

    def zeros(self):
        """Return statements that make the adjoints of array parameters."""
        a, p = self.adjoint, self.program
        arrays = [n for n in p.parameters if n in a.bars and is_array(p.types[n])]
        return [zeros_for(a.bars[n], n) for n in arrays]

    def starts(self):
        """Return statements that make adjoints and variables zero, and stacks and lists empty."""
        a, p = self.adjoint, self.program
        scalars = [n for n in sorted(a.bars) if not is_array(p.types[n])]
        body = [zeroed(a.bars[n]) for n in scalars]
        body += [a.zero(n) for n in sorted(a.starts - set(p.parameters))]
        for stack, top in TOPS.items():
            if stack in a.stacks:
                body.append(Assign(stack, new_stack(stack, constant(64, None))))
                body.append(Assign(top, constant(0, None)))
        always = {n for t in p.body for n in arrays_bound(t)} | {*p.parameters}
        for name, kept in a.lists.items():
            if is_array(p.types.get(name)) and name not in always:
                body.append(self.nothing(name))  # its binding may be kept before it has one
                if name in a.bars:
                    body.append(zeros_for(a.bars[name], name))
            body += statements("kept = []", kept=kept)
            if name in a.bars:
                body += statements("kept = []", kept=a.bar_lists[kept])
        return body

    def nothing(self, name):
        """Return the statement that binds an array variable to an empty array."""
        t = self.program.types[name]
        dtype = self.program_global(f"{t.dtype}_", as_dtype(t.dtype).type)
        turned = ".T" if t.layout == "F" else ""
        empty = expression(f"np.empty({(0,) * t.ndim}, dtype){turned}", dtype=dtype)
        if self.adjoint.lift and name in self.activity.active:
            empty = expression("lifted(x, base_)", x=empty)
        return Assign(name, empty)

    def program_global(self, name, value):
        """Return a global name of the generated code for an object."""
        return self.program.namer.of_global(name, value)

    def save(self):
        """Return statements that save the results and write the caller's arrays, before R runs."""
        body = self.left()
        if self.along:
            return body
        for r, v in zip(self.program.results, self.values, strict=True):
            copied = is_array(self.program.types[r])
            body += statements("v = r.copy()" if copied else "v = r", v=v, r=r)
        return body

    def seeds(self):
        """Return statements that add the results' cotangents to their adjoints."""
        a, body = self.adjoint, []
        for r, w in zip(self.program.results, self.cotangents, strict=True):
            if r in a.bars:
                of_array = is_array(self.program.types[r])
                template = "bar += fitting(w, bar)" if of_array else "bar += w"
                body += statements(template, bar=a.bars[r], w=w)
        return body

    def plain_order(self, body, needed):
        """Return a body with its reverse: the forward sweep, the results, the reverse sweep."""
        forward, back, _ = self.adjoint.block(body, needed)
        return [*forward, *self.save(), *self.seeds(), *back]


def _returns(s):
    return isinstance(s, For) and bool(s.exit_flag)

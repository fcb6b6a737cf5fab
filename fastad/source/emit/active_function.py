"""The user's function, lowered, with local arrays that hold the numbers that are differentiated."""

import ast
import functools

from ...rules.codegen import compile_source
from ..analysis.activity import Activity, operands
from ..analysis.live_ranges import split
from ..frontend.lower import lower
from ..ir.expressions import load, tuple_of
from ..ir.namer import Namer
from ..ir.printer import function_source
from ..ir.statements import Assign, Function, Return, Unsupported, walk, written
from ..ir.templates import statements
from ..ir.verify import verify
from ..optimise.pipeline import chosen, made
from ..reverse.storage import Sweeps, base_of, lifted
from .compile import decorators
from .namespace import known_objects


class GeneratedActive(Sweeps):
    """A function to be run with Jets or with Vars.

    These run through the user's code as it is, unless the function makes an array of plain floats,
    ``np.zeros(n)``, and writes Jets or Vars into it. Here such an array is made for these.

    Parameters
    ----------
    function : callable
    argument_types : list of Numba types
        With floats for the Jets or Vars.
    argnums : tuple of int
        The arguments that are, or hold, Jets or Vars.

    Attributes
    ----------
    needed : bool
        Whether the user's own code would not do: there is such an array; or the function returns
        nothing (this one returns the arrays that it fills); or it computes with complex numbers
        (here pairs of real ones), or with small integers inside of expressions of arrays, which
        Numba takes apart where some of these are of Jets.
    fills : bool
        Whether the function returns nothing.
    name : str
    source : str
        ``def name(parameters): ... return results``.
    namespace : dict
        The globals of the source.

    Raises
    ------
    Unsupported
        Where the function is recursive, or cannot be lowered.
    """

    lift = True

    def __init__(self, function, argument_types, argnums):
        known = known_objects()
        namer = Namer(known)
        p = self.program = split(lower(function, argument_types, namer))
        if p.calls:
            raise Unsupported("a function that calls itself")
        self.activity = Activity(p, [p.parameters[k] for k in argnums])
        self.passes = made(chosen())
        self.name = namer.fresh(f"{p.name}_active")
        self.given = self.others_given()
        self.fills = p.fills
        self.needed = p.fills or p.pairs or p.widened or bool(self.given)
        self.needed = self.needed or any(map(self.is_made_plain, walk(p.body)))
        begin, end = self.borders()
        last = Return(tuple_of([*map(load, p.results)]) if p.returns_tuple else load(p.results[0]))
        body = [*begin, *self.plain(p.body), *end, last]
        known_signs = self.passes.ask("not_negative", [p], body) or set()
        self.source = function_source(
            Function(self.name, p.parameters, body, "sweeping"), known_signs
        )
        self.namespace = known | namer.namespace | decorators(p.strictness)
        verify(self.source, self.namespace, {*p.types})

    @functools.cached_property
    def function(self):
        """Return the @njit function of the source."""
        return compile_source(self.source, self.name, self.namespace)

    def is_made_plain(self, s):
        """Tell whether a statement, as it is, makes an array of floats that has to hold others."""
        like = {o.id for o in operands(s.value) if isinstance(o, ast.Name)} if self.lifts(s) else ()
        return self.lifts(s) and not like & self.activity.varied

    def others_given(self):
        """Return the arguments that are not differentiated but are written into with what is.

        Each is mapped to a new name for the caller's array.
        """
        p, a = self.program, self.activity
        again = {n for s in walk(p.body) for n in written(s)}
        others = [n for n in p.parameters if n in a.varied and n not in a.inputs]
        for n in others:
            if a.memory(n) not in a.changed() or n in again:
                raise Unsupported(
                    f"{n} is now an array that is differentiated, now one that is not"
                )
        return {n: p.namer.fresh(f"{n}_given") for n in others}

    def borders(self):
        """Return the statements before the function's own, and those after them.

        The arguments of `others_given` are replaced by arrays of the right kind; at the end their
        values are written into the caller's arrays.
        """
        begin, end = [base_of(self.program.parameters)], []
        for n, given in self.given.items():
            begin += [Assign(given, load(n)), lifted(n)]
            end += statements("leave(given, x)", given=given, x=n)
        return begin, end

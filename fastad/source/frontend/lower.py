"""From a Python function to the intermediate representation.

Afterwards every block has one exit: ``break``, ``continue`` and early ``return`` have
become flags and branches; tuples are unpacked; called functions are inlined, but for recursive
ones.
"""

import ast
import functools
import warnings
from dataclasses import replace

from numba.core import types
from numba.core.errors import NumbaExperimentalFeatureWarning

from ...jit.generated import ByTypes, python_function
from ...modes.request import place_of
from ...modes.results import refuse_no_float
from ..ir.expressions import clone, names_in
from ..ir.statements import (
    Array,
    Assign,
    For,
    Program,
    Unsupported,
    While,
    carries,
    expressions,
    is_array,
    lines_of,
    walk,
    written,
)
from ..syntax.closures import take_out
from ..syntax.complex_statements import computes_with_complex, without_complex
from ..syntax.comprehensions import with_loops
from ..syntax.declared_types import check, with_conversions
from ..syntax.infer import annotate, local_names
from ..syntax.known_tests import without_untaken
from ..syntax.pairs import Pair, complex_type, holds_complex, is_complex, real_type
from ..syntax.trees import function_tree
from .arrays import Arrays
from .calls import Calls
from .dimensionless import SlicesForEllipsis, as_numbers
from .exits import Exits
from .expressions import Expressions
from .fused import AsNumba
from .indexed import IndexedWrites
from .lists import Lists
from .loops import LoopStatements
from .objects import Objects, is_by_item, object_of
from .scope import Scope
from .single_statements import Statements
from .stores import Stores
from .targets import Targets
from .tuples import Tuples, leaf_types, refuse_whole
from .unit import Callees, Unit, changed_arrays, one_error_model, sure_of_memory

_DEEPEST = 40


class Lower:
    """The lowering of one function into a unit, by parts that call each other.

    Attributes
    ----------
    scope : Scope
        What the parts share.
    objects, expressions, arrays, lists, calls, stores, indexed, targets, tuples, loops, blocks,
    statements : Part
    """

    def __init__(self, unit, function, argument_types, arguments=None, stack=()):
        if len(stack) > _DEEPEST:
            raise Unsupported("functions are nested too deeply")
        if isinstance(function, ByTypes):
            raise Unsupported(
                f"{function.__name__} has a derivative of its own (a rule, or a driver): "
                "forward mode and the tape call it"
            )
        python = python_function(function)
        options = getattr(function, "targetoptions", {})
        ours = (python.__module__ or "").startswith(__name__.split(".")[0] + ".")
        raises = not ours and options.get("error_model", "python") == "python"
        if not ours:
            unit.strictness.note(function)
        given = [complex_type(t) for t in argument_types]
        made = _typed_tree_of_ours if ours else _typed_tree
        declared = tuple(getattr(function, "locals", {}).items())
        tree, inner = made(python, tuple(given), tuple(options.items()), declared)
        tree = clone(tree)
        self.scope = Scope(unit, python, tree, stack, raises, local_names(tree))
        self.scope.globals |= inner
        as_numbers(self.scope, argument_types)
        SlicesForEllipsis().visit(tree)
        self.scope.compiled_for_threads = bool(options.get("parallel"))
        if not ours:
            AsNumba(self.scope).visit(tree)
        # Compiled without parallel=True, prange is range. A plain function is not compiled yet.
        self.scope.in_threads = not options or self.scope.compiled_for_threads
        argument_types, arguments = self.without_complex(argument_types, arguments)
        self.returned = real_type(tree.returned)
        self.scope.tuples = _tuples_of_floats(tree)
        self.objects = Objects(self)
        self.objects.name_called()
        self.expressions, self.arrays, self.calls = Expressions(self), Arrays(self), Calls(self)
        self.stores, self.targets, self.loops = Stores(self), Targets(self), LoopStatements(self)
        self.blocks, self.statements, self.lists = Exits(self), Statements(self), Lists(self)
        self.indexed, self.tuples = IndexedWrites(self), Tuples(self)
        self.scope.tuples |= self.loops.places()
        self.names(argument_types, arguments)
        unit.copies |= {self.scope.rename[n] for n in self.copies}

    def without_complex(self, argument_types, arguments):
        """Rewrite complex numbers as pairs; return the arguments, each pair as its two parts."""
        scope, self.copies = self.scope, set()
        if not computes_with_complex(scope.tree, argument_types, scope.globals):
            return argument_types, arguments
        scope.unit.pairs = True
        inlined = arguments is not None
        if not inlined and is_complex(scope.tree.returned):
            name = scope.function.__name__
            refuse_no_float(scope.tree.returned, f"{name} ({place_of(scope.function)})")
        if not inlined and holds_complex(scope.tree.returned):
            raise Unsupported(
                f"{scope.function.__name__} returns complex numbers; return their real and "
                "imaginary parts",
                scope.tree,
            )
        self.copies = without_complex(scope.tree, scope, argument_types, inlined)
        if not inlined:
            return argument_types, arguments
        several = [isinstance(t, Pair) for t in argument_types]
        split = [part for t in argument_types for part in (t if isinstance(t, Pair) else [t])]
        given = [
            part
            for a, pair in zip(arguments, several, strict=True)
            for part in (a.elts if pair else [a])
        ]
        return split, given

    def names(self, argument_types, arguments):
        """Give each of the function's variables its name, or its value, in the unit."""
        scope, tree = self.scope, self.scope.tree
        stored = {
            n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        for position, a in enumerate(tree.args.args):
            given = None if arguments is None else arguments[position]
            self.parameter(a.arg, argument_types[position], given, a.arg in stored)
        for n in sorted(scope.local - set(scope.rename)):
            scope.rename[n] = scope.unit.fresh(n)
        # A renamed variable may stand for an expression; arrays are always plain names.
        scope.rename = {
            k: v.id if isinstance(v, ast.Name) and is_array(getattr(v, "type", None)) else v
            for k, v in scope.rename.items()
        }
        scope.results, scope.returned_flag = self.result_names()
        for name in sorted(stored):  # a tuple of arrays or floats that is bound again
            t = dict(zip((a.arg for a in tree.args.args), argument_types, strict=True)).get(name)
            given = scope.rename[name]
            if isinstance(t, types.BaseTuple) and carries(t) and isinstance(given, str):
                parts = [self.targets.given_part(given, t, k) for k in range(len(t))]
                self.targets.assign_tuple(name, parts)

    def parameter(self, name, t, given, stored):
        """Bind a parameter: to its argument where nothing binds it again, else to a new name."""
        if isinstance(given, ast.Tuple):  # its items are variables of the caller's
            self.scope.rename[name] = tuple(given.elts)
            if stored:
                self.scope.rename[name] = self.scope.unit.fresh(name)
                self.targets.assign_tuple(name, given.elts)
            return
        known = given is not None and object_of(t) is not None
        if known or (isinstance(given, ast.Name | ast.Constant) and not stored):
            self.scope.rename[name] = given
            return
        own = self.scope.rename[name] = self.scope.unit.fresh(name)
        self.scope.unit.types[own] = types.unliteral(t)
        self.scope.parameters.append(own)
        if given is not None:
            self.scope.emit(
                Array(own, given, "view", given.id) if is_array(t) else Assign(own, given)
            )

    def result_names(self):
        """Return the variables of the results, and the flag of an early return or None."""
        returns = [n for n in ast.walk(self.scope.tree) if isinstance(n, ast.Return)]
        inside = any(
            isinstance(n, ast.Return) and n is not self.scope.tree.body[-1] for n in returns
        )
        flag = self.scope.flag("returned") if inside else None
        self.scope.tuple_result = isinstance(self.returned, types.BaseTuple)
        if self.returned == types.none:
            return [], flag
        parts = list(self.returned) if self.scope.tuple_result else [self.returned]
        last = self.scope.tree.body[-1]
        if len(returns) == 1 and returns[0] is last and not self.scope.tuple_result:
            value = last.value
            if (
                isinstance(value, ast.Name)
                and is_array(self.returned)
                and value.id in self.scope.rename
            ):
                found = self.scope.rename[value.id]
                return [found], None
        hint = f"result_of_{self.scope.function.__name__}" if self.scope.stack else "result"
        hint = hint if hint.isidentifier() else "result"
        if self.scope.stack:
            parts = [leaf for t in parts for leaf in leaf_types(t)]
        results = [self.scope.variable(hint, types.unliteral(t)) for t in parts]
        return results, flag

    def lower(self):
        """Lower the whole body into the scope's block."""
        if self.scope.returned_flag:
            self.scope.set_flag(self.scope.returned_flag, False)
        self.blocks.statements(self.scope.tree.body)
        return self

    def alone(self, function, argument_types):
        """Return the program of a recursive function, which is not inlined."""
        return lower(function, argument_types, self.scope.unit.namer, self.scope.unit.calls)


def lower(function, argument_types, namer, calls=None, merges=False):
    """Return the `Program` of a function for some argument types.

    With ``merges`` a statement may hold several elementwise operations on arrays.

    Raises
    ------
    Unsupported
        With the line, where the function has a form that cannot be taken.
    """
    unit = Unit(namer, Callees(namer) if calls is None else calls, merges)
    with lines_of(function), warnings.catch_warnings():
        warnings.simplefilter("ignore", NumbaExperimentalFeatureWarning)  # of tuples of functions
        scope = Lower(unit, function, argument_types).lower().scope
    body = _without_dead_flags(scope.out, unit.flags)
    for s in walk(body):
        refuse_whole(s)
    one_error_model(unit)
    sure_of_memory(unit, body)
    python = scope.function
    program = Program(
        name=python.__name__ if python.__name__.isidentifier() else "f",
        parameters=scope.parameters,
        body=body,
        results=scope.results,
        returns_tuple=scope.tuple_result,
        types=unit.types,
        namer=namer,
        file=python.__code__.co_filename,
        calls=unit.calls.programs,
        strictness=unit.strictness,
        pairs=unit.pairs,
        widened=unit.widened,
    )
    with lines_of(function):
        return program if program.results else _filling(program, unit, scope.tree)


def _typed_tree(python, argument_types, options, declared):
    """Return a function's tree, typed, and the functions defined inside it, by name.

    ``declared`` are the names and types of variables that have one of their own.
    """
    tree = function_tree(python)
    if tree.args.kwarg or tree.args.kwonlyargs:
        raise Unsupported("**keywords and keyword-only parameters are not differentiated", tree)
    if tree.args.vararg:  # a tuple, like any other
        tree.args.args.append(tree.args.vararg)
        tree.args.vararg = None
    without_untaken(tree, python, argument_types, dict(declared))
    inner = take_out(tree, python, dict(options))
    tree = with_loops(tree)
    inner |= with_conversions(tree, dict(declared))
    tree.returned = annotate(tree, python, argument_types, inner)
    check(tree, dict(declared))
    return tree, inner


# The trees of fastad's own forms never change, and are wanted again and again.
_typed_tree_of_ours = functools.lru_cache(maxsize=512)(_typed_tree)


def _filling(program, unit, tree):
    """Return the program of a function that returns nothing: its results are arrays it fills."""
    changed = changed_arrays(program, unit.calls)
    results = [program.parameters[k] for k in sorted(changed)]
    if not results:
        raise Unsupported(
            f"{program.name} returns nothing and writes into no array that is passed; return what "
            "is to be differentiated",
            tree,
        )
    for s in walk(program.body):
        for n in {*results} & {*written(s)}:
            raise Unsupported(
                f"{program.name} returns nothing, writes into {n}, and binds {n} to another "
                "array; use two names",
                s,
            )
    return replace(program, results=results, returns_tuple=len(results) > 1, fills=True)


def _tuples_of_floats(tree):
    """Return the variables of tuples with floats or arrays, which become a variable an item."""
    return {
        e.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Assign) and isinstance(getattr(n.value, "type", None), types.BaseTuple)
        for e in n.targets
        if isinstance(e, ast.Name) and is_by_item(n.value.type)
    }


def _without_dead_flags(body, flags):
    """Drop the assignments to flags that nobody reads."""
    read = set()
    for s in walk(body):
        for e in expressions(s):
            read |= names_in(e)
        if isinstance(s, For | While) and s.exit_flag:
            read.add(s.exit_flag)

    def keep(block):
        out = []
        for s in block:
            if isinstance(s, Assign) and s.name in flags and s.name not in read:
                continue
            for name in ("body", "orelse", "setup"):
                if hasattr(s, name):
                    setattr(s, name, keep(getattr(s, name)))
            out.append(s)
        return out

    return keep(body)

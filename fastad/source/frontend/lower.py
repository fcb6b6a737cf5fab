"""From a Python function to the intermediate representation.

Afterwards every block has one exit: ``break``, ``continue`` and early ``return`` have
become flags and branches; tuples are unpacked; other functions are put in place of their
calls, but those that call themselves.
"""

import ast
import builtins

from numba.core import types

from ...jit.generated import ByTypes, python_function
from ..ir import callees as known
from ..ir.expressions import clone, constant, load, names_in
from ..ir.statements import (
    Array,
    Assign,
    Fill,
    For,
    If,
    Program,
    Raise,
    Unsupported,
    While,
    carries,
    expressions,
    is_array,
    lines_of,
    walk,
)
from .exits import Exits
from .infer import annotate, local_names
from .trees import function_tree
from .unit import Callees, Unit, one_error_model, sure_of_memory

_DEEPEST = 40


class Lower(Exits):
    """One function, put into a unit."""

    def __init__(self, unit, function, argument_types, arguments=None, stack=()):
        if len(stack) > _DEEPEST:
            raise Unsupported("functions are nested too deeply")
        if isinstance(function, ByTypes):
            raise Unsupported(
                f"{function.__name__} has a derivative of its own (a rule, or a driver): "
                "forward mode and the tape call it"
            )
        self.unit, self.stack = unit, stack
        python = python_function(function)
        options = getattr(function, "targetoptions", {})
        ours = (python.__module__ or "").startswith(__name__.split(".")[0] + ".")
        self.raises = not ours and options.get("error_model", "python") == "python"
        if not ours:
            unit.strictness.note(function)
        self.function = python
        tree = function_tree(python)
        if tree.args.vararg or tree.args.kwarg or tree.args.kwonlyargs:
            raise Unsupported("*args and keyword-only parameters are not differentiated", tree)
        self.returned = annotate(tree, python, argument_types)
        self.local = local_names(tree)
        self.scope = vars(builtins) | python.__globals__ | _closure(python)
        self.out, self.lazy, self.whole = [], False, None
        self.loops = []  # (break flag, continue flag, return flags seen)
        self.line, self.node = tree.lineno, tree
        self.tree = tree
        self.argument_types = argument_types
        self.rename = {}
        stored = {
            n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        self.tuples = _tuples_of_floats(tree)
        self.parameters = []
        for position, a in enumerate(tree.args.args):
            given = None if arguments is None else arguments[position]
            self.parameter(a.arg, argument_types[position], given, a.arg in stored)
        for n in sorted(self.local - set(self.rename)):
            self.rename[n] = unit.fresh(n)
        # A renamed variable may stand for an expression; arrays are always plain names.
        self.rename = {
            k: v.id if isinstance(v, ast.Name) and is_array(getattr(v, "type", None)) else v
            for k, v in self.rename.items()
        }
        self.results, self.returned_flag = self.result_names()
        for name in sorted(stored):  # a tuple of arrays or floats that is bound again
            t = dict(zip((a.arg for a in tree.args.args), argument_types, strict=True)).get(name)
            given = self.rename[name]
            if isinstance(t, types.BaseTuple) and carries(t) and isinstance(given, str):
                parts = [self.given_part(given, t, k) for k in range(len(t))]
                self.assign_tuple(name, parts)

    def parameter(self, name, t, given, stored):
        """Bind a parameter: to a new name, or to what it is given where it keeps that."""
        if isinstance(given, ast.Tuple):  # its parts are names of the caller's
            if stored:
                raise Unsupported(f"the tuple {name} is bound again; use two names", self.tree)
            self.rename[name] = tuple(given.elts)
            return
        if isinstance(given, ast.Name | ast.Constant) and not stored:
            self.rename[name] = given
            return
        own = self.rename[name] = self.unit.fresh(name)
        self.unit.types[own] = types.unliteral(t)
        self.parameters.append(own)
        if given is not None:
            self.emit(Array(own, given, "view", given.id) if is_array(t) else Assign(own, given))

    def result_names(self):
        """Return the names of the results and of the flag for an early return."""
        returns = [n for n in ast.walk(self.tree) if isinstance(n, ast.Return)]
        inside = any(isinstance(n, ast.Return) and n is not self.tree.body[-1] for n in returns)
        flag = self.flag("returned") if inside else None
        self.tuple_result = isinstance(self.returned, types.BaseTuple)
        if self.returned == types.none:
            return [], flag
        parts = list(self.returned) if self.tuple_result else [self.returned]
        last = self.tree.body[-1]
        if len(returns) == 1 and returns[0] is last and not self.tuple_result:
            value = last.value
            if isinstance(value, ast.Name) and is_array(self.returned) and value.id in self.rename:
                found = self.rename[value.id]
                return [found], None
        hint = f"result_of_{self.function.__name__}" if self.stack else "result"
        hint = hint if hint.isidentifier() else "result"
        results = [self.variable(hint, types.unliteral(t)) for t in parts]
        return results, flag

    def flag(self, hint):
        """Return a new variable that says that a block is left."""
        name = self.variable(f"{hint}_", types.boolean)
        self.unit.flags.add(name)
        return name

    def lower(self):
        """Lower the whole body into ``self.out``."""
        if self.returned_flag:
            self.set_flag(self.returned_flag, False)
        self.statements(self.tree.body)
        return self

    def alone(self, function, argument_types):
        """Return the program of a function that calls itself."""
        return lower(function, argument_types, self.unit.namer, self.unit.calls)

    def set_flag(self, name, value):
        self.emit(Assign(name, constant(value, types.boolean)))

    # Statements ---------------------------------------------------------------------------

    def statement(self, s):
        self.at(s)
        kind = type(s).__name__
        if kind == "Assign":
            value = s.value
            if len(s.targets) > 1 and not isinstance(value, ast.Constant):
                value = self.shared(value)
            for target in s.targets:
                self.assign(target, value)
        elif kind == "AnnAssign":
            if s.value is not None:
                self.assign(s.target, s.value)
        elif kind == "AugAssign":
            self.augmented(s)
        elif kind == "If":
            test = self.value(s.test)
            self.branch(s, test, s.body, s.orelse)
        elif kind == "For":
            self.for_loop(s)
        elif kind == "While":
            self.while_loop(s)
        elif kind == "Return":
            self.give_back(s)
        elif kind == "Break":
            self.set_flag(self.loops[-1][0], True)
        elif kind == "Continue":
            self.set_flag(self.loops[-1][1], True)
        elif kind == "Raise":
            self.emit(Raise(self.exception(s)))
        elif kind == "Assert" and __debug__:
            test = self.value(s.test)
            failed = self.typed(ast.UnaryOp(ast.Not(), test), types.boolean)
            exception = load(self.unit.import_global("AssertionError", AssertionError))
            said = [self.message(s.msg)] if s.msg is not None else []
            raised = self.located(Raise(self.typed(ast.Call(exception, said, []), None)))
            self.emit(If(failed, [raised], []))
        elif kind == "Expr":
            self.effect(s.value)
        elif kind not in ("Pass", "Assert"):
            raise Unsupported(f"{kind} is not differentiated", s)

    def exception(self, s):
        """Return what a raise statement raises, as an expression."""
        raised = s.exc
        if raised is None or s.cause is not None:
            raise Unsupported("raise without an exception, or from one", s)
        if not isinstance(raised, ast.Call):
            return self.global_path(raised)
        if raised.keywords:
            raise Unsupported("an exception with keywords", s)
        said = [self.message(a) for a in raised.args]
        return self.typed(ast.Call(self.global_path(raised.func), said, []), None)

    def message(self, node):
        """Return what an exception says: a constant, or the value of a variable."""
        if isinstance(node, ast.Constant):
            return constant(node.value, None)
        if isinstance(node, ast.Name) and isinstance(self.rename.get(node.id), str):
            name = self.rename[node.id]
            return load(name, self.unit.types.get(name))
        raise Unsupported("an exception that says more than constants and variables", node)

    def shared(self, value):
        """Compute a value once; return an expression that may be read several times."""
        name = self.unit.fresh("shared")
        self.rename[name] = name
        self.assign_name(name, value)
        node = ast.copy_location(ast.Name(name, ast.Load()), value)
        node.type = getattr(value, "type", None)
        if node.type is None:
            node.type = self.unit.types[name]
        return node

    def effect(self, value):
        if isinstance(value, ast.Constant):
            return
        if isinstance(value, ast.Call) and self.is_global(value.func):
            target = self.resolve(value.func)
            if known.is_user_function(target):
                self.user_call(target, value)
                return
            if target is print:
                return
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            if value.func.attr == "fill":
                array = self.array_name(value.func.value)
                self.emit(Fill(array, self.simple(value.args[0])))
                return
        raise Unsupported("a call for its side effect is not differentiated", value)

    # Results and other functions -------------------------------------------------------------

    def give_back(self, s):
        if not self.results:
            if s.value is not None and not isinstance(s.value, ast.Constant):
                self.effect(s.value)  # returns nothing itself
        elif self.tuple_result:
            parts = self.tuple_parts("given", s.value)
            for name, part in zip(self.results, parts, strict=True):
                self.give(name, clone(part))
        elif is_array(self.type_of(s.value)):
            own = isinstance(s.value, ast.Name) and self.rename.get(s.value.id)
            if own != self.results[0]:
                self.array(s.value, self.results[0])
        else:
            self.whole = s.value
            self.give(self.results[0], self.value(s.value))
            self.whole = None
        if self.returned_flag:
            self.set_flag(self.returned_flag, True)
        for broke, _ in self.loops:  # a return leaves all loops around it
            self.set_flag(broke, True)

    def give(self, name, value):
        if is_array(value.type):
            self.emit(Array(name, value, "view", value.id))
        else:
            self.emit(Assign(name, value))


def lower(function, argument_types, namer, calls=None, merges=False):
    """Return the `Program` of a function for some argument types.

    With ``merges`` a statement may hold several elementwise operations on arrays.

    Raises
    ------
    Unsupported
        With the line, where the function has a form that cannot be taken.
    """
    unit = Unit(namer, Callees(namer) if calls is None else calls, merges)
    with lines_of(function):
        inner = Lower(unit, function, argument_types).lower()
        if not inner.results:
            raise Unsupported(
                f"{inner.function.__name__} returns nothing; return what is to be differentiated",
                inner.tree,
            )
    body = _without_dead_flags(inner.out, unit.flags)
    one_error_model(unit)
    sure_of_memory(unit, body)
    python = inner.function
    return Program(
        name=python.__name__ if python.__name__.isidentifier() else "f",
        parameters=inner.parameters,
        body=body,
        results=inner.results,
        returns_tuple=inner.tuple_result,
        types=unit.types,
        namer=namer,
        file=python.__code__.co_filename,
        calls=unit.calls.programs,
        strictness=unit.strictness,
    )


def _closure(function):
    """Return what a function's closure holds, by name."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return {name: cell.cell_contents for name, cell in cells}


def _tuples_of_floats(tree):
    """Return the variables of tuples that hold floats or arrays: everywhere one an item."""
    return {
        e.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Assign) and isinstance(getattr(n.value, "type", None), types.BaseTuple)
        for e in n.targets
        if isinstance(e, ast.Name) and carries(n.value.type)
    }


def _without_dead_flags(body, flags):
    """Drop the assignments to flags that nobody reads."""
    read = set()
    for s in walk(body):
        for e in expressions(s):
            read |= names_in(e)
        if isinstance(s, For | While) and s.until:
            read.add(s.until)

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

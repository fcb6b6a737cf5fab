"""Lowering of calls: the user's own functions, and the forms of NumPy's, are inlined."""

import ast
import contextlib
import dis
import inspect

import numpy as np
from numba.core import types
from numba.np.ufunc.dufunc import DUFunc

from ...arrays.forms import CHOOSING, FORMS, form_of, signature_of
from ...arrays.joins import JOINS
from ...custom import Custom, CustomRule, rule_of
from ...jit.effects import effects
from ...jit.generated import ByTypes, python_function
from ...jit.libraries import library_writes
from ...jit.signatures import unfit
from ...jit.universal import kernel
from ...special import special_function
from ..ir.callees import RULE_OF, is_one_of
from ..ir.expressions import constant, literal, load, text, typed
from ..ir.statements import Assign, Call, Ruled, Unsupported, is_array, lines_of
from ..syntax.pairs import Pair, complex_type
from ..syntax.trees import function_tree
from .lists import items_of_literal
from .objects import is_by_item, object_of, type_of_object
from .scope import Part
from .tuples import grouped

# `_WITHOUT_STATE`: types whose methods, where they are expressions, do not change their object.
_LIBRARIES = ("numpy", "math", "cmath", "builtins", "operator", "_operator", "scipy", "fastad")
_WITHOUT_STATE = types.Array | types.Number | types.Boolean | types.BaseTuple | types.UnicodeType
_WITHOUT_STATE |= types.EnumMember


class Calls(Part):
    """The part of the lowering that deals with other functions."""

    def refuse_writes(self, target, node):
        """Refuse a call inside an expression whose function may write into an argument."""
        module = (getattr(target, "__module__", None) or "").split(".")[0]
        keywords = [k.arg for k in node.keywords]
        known = isinstance(target, np.ufunc | type) or module in _LIBRARIES
        if library_writes(target, len(node.args), keywords) or target is next:
            what = "moves" if target is next else "writes into"
            raise Unsupported(f"{ast.unparse(node)} {what} an argument; write a loop", node)
        if node.keywords and not node.args and known and not isinstance(target, type):
            raise Unsupported(f"{ast.unparse(node)}: pass the first argument by position", node)
        if not known:
            given = [*node.args, *(k.value for k in node.keywords)]
            arrays = [a for a in given if is_array(self.scope.type_of(a))]
            if arrays:
                raise Unsupported(
                    f"{ast.unparse(node)} may change {ast.unparse(arrays[0])}: its source is not "
                    "known",
                    node,
                )
            self.refuse_effects(node, given)

    def refuse_objects(self, node, operand):
        """Refuse an item of an object whose own code finds the item, such as a jitclass's."""
        t = types.unliteral(self.scope.type_of(operand) or types.undefined)
        if not isinstance(t, types.BaseTuple | types.List | types.ListType | types.DictType):
            raise Unsupported(f"{ast.unparse(node)}: an item of {t} is not differentiated", node)

    def refuse_effects(self, node, operands):
        """Refuse a call that may change a list or the like: the reverse sweep may call it again."""
        for operand in operands:
            t = self.scope.type_of(operand)
            if t is not None and not isinstance(types.unliteral(t), _WITHOUT_STATE):
                raise Unsupported(
                    f"{ast.unparse(node)} may change {ast.unparse(operand)}; call it before, and "
                    "pass what it returns",
                    node,
                )

    def user_call(self, function, node):
        """Inline a function at its call; a recursive function stays a call."""
        arguments, argument_types = self.converted(function, *self.bound_arguments(function, node))
        why = unfit(function, [complex_type(t) for t in argument_types], returned=True)
        if why:
            raise Unsupported(why, node)
        rule = rule_of(function)
        whole = any(isinstance(a, ast.Tuple) or object_of(a.type) is not None for a in arguments)
        if whole and (rule is not None or is_recursive(function)):
            raise Unsupported("a tuple, or a function, is passed as a whole; pass its parts", node)
        if rule is not None:
            path = self.scope.global_path(node.func)
            if isinstance(function, Custom) and self.scope.resolve(node.func) is not function:
                path = load(self.scope.unit.import_global(function.__name__, function))
            return self.ruled_call(rule, node, arguments, path)
        if is_recursive(function):
            return self.separate_call(function, node, arguments, argument_types)
        inner = self.inlined(function, argument_types, arguments)
        self.scope.out += inner.scope.out
        parts = [load(n, self.scope.unit.types[n]) for n in inner.scope.results]
        if inner.scope.tuple_result:
            return grouped(iter(parts), inner.returned)
        return parts[0] if parts else None

    def converted(self, function, arguments, argument_types):
        """Return arguments and their types, integers as floats where the signature has floats."""
        signatures = getattr(function, "nopython_signatures", ())
        if getattr(function, "_can_compile", True) or len(signatures) != 1:
            return arguments, argument_types
        arguments, argument_types = list(arguments), list(argument_types)
        for k, (t, wanted) in enumerate(zip(argument_types, signatures[0].args, strict=False)):
            if isinstance(types.unliteral(t), types.Integer) and wanted == types.float64:
                name = self.scope.variable("converted", wanted)
                value = ast.Call(load("float"), [arguments[k]], [])
                self.scope.emit(Assign(name, typed(value, wanted)))
                arguments[k], argument_types[k] = load(name, wanted), wanted
        return arguments, argument_types

    def stands_for(self, target, node):
        """Return the function of floats that an address, or a universal function, stands for.

        None for all others. Given other types a universal function may convert them first.
        """
        if not isinstance(target, DUFunc):
            return special_function(target)
        given = [types.unliteral(t) for t in (node.type, *map(self.scope.type_of, node.args)) if t]
        whole = len(given) == target.nin + 1 and not node.keywords
        plain = whole and all(t == types.float64 for t in given)
        return kernel(target) if plain else None

    def inlined(self, function, argument_types, arguments):
        """Lower a called function into this unit; return its `Lower`. A refusal names its file."""
        with lines_of(function):
            stack = (*self.scope.stack, function)
            return type(self.parts)(
                self.scope.unit, function, argument_types, arguments, stack
            ).lower()

    def formed_call(self, function, node):
        """Inline the form (`fastad.arrays.forms`) of a NumPy function, or return None."""
        known = is_one_of(function, FORMS) or is_one_of(function, JOINS)
        given = in_order_of(function, node) if known else None
        if given is None or getattr(node.type, "dtype", node.type) != types.float64:
            return None
        form = form_of(function, [self.literal_type(a) for a in given])
        if form is None:  # tuples of numbers may stand for vectors
            given = [self.parts.lists.of_tuple(a) for a in given]
            form = form_of(function, [self.literal_type(a) for a in given])
        names = [*signature_of(function).parameters]
        chosen = (a for n, a in zip(names, given, strict=False) if n in CHOOSING.get(function, ()))
        if form is None or not all(map(self.is_constant, chosen)):
            return None
        arguments = []
        for a in given:
            tuples = isinstance(self.scope.type_of(a), types.BaseTuple)
            if tuples and not isinstance(a, ast.Tuple):
                return None
            arguments += a.elts if tuples else [a]
        new = ast.copy_location(ast.Call(node.func, arguments, []), node)
        return self.user_call(form, typed(new, node.type))

    def joined_data(self, function, node):
        """Return the call of one of NumPy's joins of integers or truths, which carry nothing."""
        item = getattr(node.type, "dtype", None)
        tuples = node.args and isinstance(node.args[0], ast.Tuple)
        if not (tuples and isinstance(item, types.Integer | types.Boolean)):
            return None
        if not is_one_of(function, JOINS):
            return None
        lowered = self.parts.expressions
        arrays = ast.Tuple(lowered.in_order(node.args[0].elts, (), lowered.simple), ast.Load())
        others = ast.copy_location(ast.Call(node.func, node.args[1:], node.keywords), node)
        new = lowered.called_with(others, lowered.value)
        new.args, new.function, new.opaque = [arrays, *new.args], function, False
        return typed(new, node.type)

    def formed_method(self, node):
        """`formed_call` of a method that NumPy has as a function, too."""
        function = getattr(np, node.func.attr, None)
        if function not in FORMS or not is_array(self.scope.type_of(node.func.value)):
            return None
        new = ast.Call(node.func, [node.func.value, *node.args], node.keywords)
        return self.formed_call(function, typed(ast.copy_location(new, node), node.type))

    def is_constant(self, node):
        """Tell whether an argument is an integer, a literal or a global: it has no derivative."""
        while isinstance(node, ast.UnaryOp):
            node = node.operand
        whole = isinstance(self.scope.type_of(node), types.Integer)
        return whole or isinstance(node, ast.Constant) or self.scope.is_global(node)

    def literal_type(self, node):
        """Return an argument's type; of a literal integer or string the type of that literal."""
        value = literal(node)
        return types.literal(value) if type(value) in (int, str) else self.scope.type_of(node)

    def ruled_call(self, rule, node, arguments, path):
        """Emit the call of a function with a rule; return its result, or the list of several."""
        if isinstance(rule, CustomRule) and rule.jvp is None and rule.bwd is None:
            raise Unsupported("this function has no rule yet: define one", node)
        several = isinstance(node.type, types.BaseTuple)
        parts = [types.unliteral(t) for t in (node.type if several else [node.type])]
        if any(isinstance(t, types.BaseTuple) for t in parts):
            raise Unsupported("a function with a rule whose result is a tuple of tuples", node)
        found = None
        if isinstance(rule, CustomRule):
            names = inspect.signature(python_function(rule.primal)).parameters
            given = dict(zip(names, (a.type for a in arguments), strict=True))
            found = effects(rule.primal, given)
            said = found.refused_with_a_rule(rule.primal.__name__)
            if said:
                raise Unsupported(said, node)
            if found.random and isinstance(rule.primal, ByTypes):  # a driver: called again
                raise Unsupported("random numbers inside; draw them before and pass them", node)
        hint = text(path).split(".")[-1]
        names = [self.scope.variable(f"{hint}_", t) for t in parts]
        arrays = [n for n, t in zip(names, parts, strict=True) if is_array(t)]
        self.scope.emit(Ruled(names, rule, arguments, text(path), several, arrays))
        if found is not None and found.returned:
            for n in arrays:  # each may be an argument, or a view of one
                self.parts.arrays.unsure(n, node)
        results = [load(n, t) for n, t in zip(names, parts, strict=True)]
        return results if several else results[0]

    def bound_arguments(self, function, node):
        """Return a call's arguments, evaluated in order: names, constants and tuples of these."""
        parameters = function_tree(python_function(function)).args
        names = [a.arg for a in parameters.args]
        by_place = []
        for a in node.args:
            if isinstance(a, ast.Starred):
                by_place += self.spread(a.value)
            else:
                hint = [*names, "more"][min(len(by_place), len(names))]
                by_place.append(self.argument(hint, a))
        given = dict(zip(names, by_place, strict=False))
        given |= {k.arg: self.argument(k.arg, k.value) for k in node.keywords}
        defaults = python_function(function).__defaults__ or ()
        for n, value in zip(names[len(names) - len(defaults) :], defaults, strict=True):
            if n not in given:
                given[n] = self.default(n, value, node)
        arguments = [given[n] for n in names]
        if parameters.vararg:
            arguments.append(_tuple_of(by_place[len(names) :]))
        return arguments, [a.type for a in arguments]

    def folded(self, node, target):
        """``min(a, b, c)`` is ``min(min(a, b), c)``."""
        value, *others = self.parts.expressions.in_order(items_of_literal(node) or node.args)
        rule = RULE_OF[target]
        for other in others:
            call = ast.Call(self.scope.global_path(node.func), [value, other], [])
            value = typed(call, node.type, rule)
            value.function = target
        return value

    def spread(self, node):
        """Return the items of a tuple that is passed as ``*node``, each as an argument."""
        items = self.parts.targets.tuple_parts("item", node)
        simple = ast.Name | ast.Constant | ast.Tuple
        return [e if isinstance(e, simple) else self.parts.targets.held(e) for e in items]

    def default(self, name, value, node):
        """Return the default of a parameter as an argument."""
        if isinstance(value, tuple) and not hasattr(value, "_fields"):
            return _tuple_of([self.default(name, item, node) for item in value])
        if isinstance(value, complex):
            parts = [self.default(name, part, node) for part in (value.real, value.imag)]
            return typed(ast.Tuple(parts, ast.Load()), Pair(types.float64))
        if value is None or isinstance(value, bool | int | float | np.generic):
            return constant(value, self.scope.unit.typeof(value))
        known = type_of_object(value)
        if object_of(known) is None:
            raise Unsupported(f"{name} has a default that is no number; pass it", node)
        return constant(None, known)

    def argument(self, name, node):
        """Return an argument of a call as a name, a constant, or a tuple of them."""
        known = self.parts.objects.given(node)
        if known is not None:
            return constant(None, known)
        t = self.scope.type_of(node)
        if t is None:
            what = ast.unparse(node)
            raise Unsupported(f"{what}, a type or a function, is passed on; use it by name", node)
        if isinstance(t, types.BaseTuple) and is_by_item(t):
            return typed(ast.Tuple(list(self.parts.targets.tuple_parts(name, node)), ast.Load()), t)
        return (
            load(self.parts.arrays.array_name(node), t)
            if is_array(t)
            else self.parts.expressions.simple(node, name)
        )

    def separate_call(self, function, node, arguments, argument_types):
        python = python_function(function)
        key = (python, tuple(argument_types))
        self.scope.unit.calls.add(key, lambda: self.parts.alone(function, argument_types))
        if isinstance(node.type, types.BaseTuple):
            raise Unsupported("a recursive function with several results", node)
        if is_array(node.type):
            raise Unsupported("a recursive function that returns an array", node)
        if node.type == types.none:
            raise Unsupported("a recursive function that returns nothing", node)
        name = self.scope.variable(f"{python.__name__}_", node.type)
        label = self.scope.unit.import_global(python.__name__, function)
        self.scope.emit(Call([name], key, arguments, label))
        return load(name, node.type)


def _tuple_of(items):
    """Return the tuple of some arguments, as an argument."""
    made = types.BaseTuple.from_types([types.unliteral(e.type) for e in items])
    return typed(ast.Tuple(items, ast.Load()), made)


def in_order_of(function, node):
    """Return a call's arguments by position, None for those that are left out.

    Return None where a keyword is none of the form's parameters, or stands in another order than
    they: the arguments are evaluated in the order of the call.
    """
    named = {k.arg: k.value for k in node.keywords}
    names = [*signature_of(function).parameters][len(node.args) :]
    if [n for n in names if n in named] != [*named]:
        return None
    while names and names[-1] not in named:
        names.pop()
    nothing = typed(ast.Constant(None), types.none)
    return [*node.args, *(named.get(n, nothing) for n in names)]


def is_recursive(function):
    """Tell whether a function reaches itself through calls of global functions."""
    target = python_function(function)
    seen, todo = set(), [target]
    while todo:
        for value in map(python_function, _read_by(todo.pop())):
            if value is target:
                return True
            if isinstance(value, type(target)) and value not in seen:
                if (value.__module__ or "").split(".")[0] not in ("numpy", "numba", "math"):
                    seen.add(value)
                    todo.append(value)
    return False


def _read_by(function):
    """Return what a function reads: globals, those of modules that it names, its closure's."""
    names = function.__code__.co_names
    loads = (i for i in dis.get_instructions(function.__code__) if i.opname == "LOAD_GLOBAL")
    found = [function.__globals__.get(n) for n in dict.fromkeys(i.argval for i in loads)]
    for module in filter(inspect.ismodule, list(found)):
        found += [vars(module)[n] for n in names if n in vars(module)]
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):  # nothing is bound to it yet
            found.append(cell.cell_contents)
    return found

"""Lowering of single statements: which part takes which."""

import ast

import numpy as np
from numba.core import types

from ...arrays.writes import change_of
from ..ir import callees as known
from ..ir.expressions import clone, constant, load, names_in, typed
from ..ir.statements import Array, Assign, Fill, If, Raise, Unsupported, is_array
from .lists import is_list
from .scope import Part
from .tuples import leaves


class Statements(Part):
    """The part of the lowering that takes a statement, by its kind."""

    def statement(self, s):
        self.scope.at(s)
        kind = type(s).__name__
        handler = getattr(self, f"on_{kind.lower()}", None)
        if handler is None:
            raise Unsupported(f"{kind} is not differentiated", s)
        handler(s)

    def on_pass(self, s):
        """Nothing."""

    def on_assign(self, s):
        value = s.value
        if len(s.targets) > 1 and not isinstance(value, ast.Constant):
            value = self.shared(value)
        for target in s.targets:
            self.parts.targets.assign(target, value)

    def on_annassign(self, s):
        if s.value is not None:
            self.parts.targets.assign(s.target, s.value)

    def on_augassign(self, s):
        self.parts.stores.augmented(s)

    def on_if(self, s):
        test = self.parts.expressions.value(s.test)
        self.parts.blocks.branch(s, test, s.body, s.orelse)

    def on_for(self, s):
        self.parts.loops.for_loop(s)

    def on_while(self, s):
        self.parts.loops.while_loop(s)

    def on_return(self, s):
        self.give_back(s)

    def on_break(self, s):
        self.scope.set_flag(self.scope.loops[-1][0], True)

    def on_continue(self, s):
        self.scope.set_flag(self.scope.loops[-1][1], True)

    def on_apart(self, s):
        """Note that one array is combined in place with another: they must share no memory."""
        arrays = (self.parts.arrays.array_name(e) for e in (s.written, s.read))
        s.file = self.scope.function.__code__.co_filename
        self.scope.unit.in_place.append((*arrays, s))

    def on_raise(self, s):
        self.scope.emit(Raise(self.exception(s)))

    def on_assert(self, s):
        if not __debug__:
            return
        test = self.parts.expressions.value(s.test)
        failed = typed(ast.UnaryOp(ast.Not(), test), types.boolean)
        exception = load(self.scope.unit.import_global("AssertionError", AssertionError))
        said = [self.message(s.msg)] if s.msg is not None else []
        raised = self.scope.located(Raise(typed(ast.Call(exception, said, []), None)))
        self.scope.emit(If(failed, [raised], []))

    def on_expr(self, s):
        self.effect(s.value)

    def exception(self, s):
        """Return what a raise statement raises, as an expression."""
        raised = s.exc
        if raised is None or s.cause is not None:
            raise Unsupported("raise without an exception, or from one", s)
        if not isinstance(raised, ast.Call):
            return self.scope.global_path(raised)
        if raised.keywords:
            raise Unsupported("an exception with keywords", s)
        said = [self.message(a) for a in raised.args]
        return typed(ast.Call(self.scope.global_path(raised.func), said, []), None)

    def message(self, node):
        """Return an exception's argument: a constant, a global constant, or a variable."""
        if isinstance(node, ast.Constant):
            return constant(node.value, None)
        if self.scope.is_global(node) and isinstance(self.scope.resolve(node), str | int | float):
            return self.scope.global_path(node)
        if isinstance(self.scope.rename_of(node), str):
            name = self.scope.rename[node.id]
            return load(name, self.scope.unit.types.get(name))
        raise Unsupported("an exception that says more than constants and variables", node)

    def shared(self, value):
        """Assign a value to a new variable; return the name, to be read several times."""
        name = self.scope.unit.fresh("shared")
        self.scope.rename[name] = name
        self.parts.targets.assign_name(name, value)
        node = ast.copy_location(ast.Name(name, ast.Load()), value)
        node.type = getattr(value, "type", None)
        if node.type is None:
            node.type = self.scope.unit.types[name]
        return node

    def unheard(self, call):
        """Leave a print out; refuse one that calls a function of the user's."""
        for n in ast.walk(call):
            function = n.func if isinstance(n, ast.Call) and n is not call else None
            if function is not None and self.scope.is_global(function):
                if known.is_user_function(self.scope.resolve(function)):
                    raise Unsupported(
                        "a call inside print; call it before, and print the result", call
                    )

    def effect(self, value):
        if isinstance(value, ast.Constant):
            return
        if isinstance(value, ast.Call) and self.scope.is_global(value.func):
            target = self.scope.resolve(value.func)
            if known.is_user_function(target):
                self.parts.calls.user_call(target, value)
                return
            if target is print:
                self.unheard(value)
                return
            if self.changed(target, value, value.args):
                return
            operands = target.nin if isinstance(target, np.ufunc) else 2
            if len(value.args) == operands + 1 and not value.keywords:
                if isinstance(target, np.ufunc) or target is np.dot:
                    self.into(target, value)
                    return
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            if is_list(value.func.value):
                self.parts.lists.append(value)
                return
            if value.func.attr == "fill":
                array = self.parts.arrays.array_name(value.func.value)
                self.scope.emit(Fill(array, self.parts.expressions.simple(value.args[0])))
                return
            if self.changed(value.func.attr, value, [value.func.value, *value.args]):
                return
        raise Unsupported("a call for its side effect is not differentiated", value)

    def changed(self, called, call, arguments):
        """Inline what changes an array as a call does (`arrays.writes`); tell if there is such."""
        function = change_of(called, [self.scope.type_of(a) for a in arguments])
        if function is None or call.keywords:
            return False
        new = ast.copy_location(ast.Call(call.func, arguments, []), call)
        self.parts.calls.user_call(function, typed(new, types.none))
        return True

    def into(self, target, call):
        """``np.add(a, b, out)``: compute the result, then write it into the array."""
        *operands, out = call.args
        found = [self.scope.type_of(a) for a in operands]
        arrays = [t for t in found if is_array(t)]
        if not arrays or any(getattr(t, "dtype", t) != out.type.dtype for t in found):
            raise Unsupported(f"{ast.unparse(call)}: of arrays of one type", call)
        ndim = max(t.ndim for t in arrays) if isinstance(target, np.ufunc) else out.type.ndim
        plain = ast.copy_location(ast.Call(call.func, operands, []), call)
        typed(plain, types.Array(out.type.dtype, ndim, "C"))
        mark = len(self.scope.out)
        value = self.parts.arrays.array(plain)
        written = self.parts.arrays.array_name(out)
        for s in self.scope.out[mark:]:
            read = names_in(s.value) if isinstance(s, Array) and s.name == value else set()
            for name in (n for n in read if is_array(self.scope.unit.types.get(n))):
                if name == written and target is np.dot:
                    raise Unsupported(f"{ast.unparse(call)} reads what it writes into", call)
                self.scope.unit.in_place.append((written, name, call))
        self.scope.emit(Fill(written, load(value, plain.type)))

    # Results -----------------------------------------------------------------------------

    def give_back(self, s):
        if not self.scope.results:
            if s.value is not None and not isinstance(s.value, ast.Constant):
                self.effect(s.value)  # returns nothing itself
        elif self.scope.tuple_result:
            parts = self.parts.targets.tuple_parts("given", s.value)
            if self.scope.stack:
                parts = leaves(parts)
            for name, part in zip(self.scope.results, parts, strict=True):
                self.give(name, clone(part))
        elif is_array(self.scope.type_of(s.value)):
            own = self.scope.rename_of(s.value)
            if own != self.scope.results[0]:
                self.parts.arrays.array(s.value, self.scope.results[0])
        else:
            self.scope.whole = s.value
            self.give(self.scope.results[0], self.parts.expressions.value(s.value))
            self.scope.whole = None
        if self.scope.returned_flag:
            self.scope.set_flag(self.scope.returned_flag, True)
        for broke, _ in self.scope.loops:  # a return leaves all loops around it
            self.scope.set_flag(broke, True)

    def give(self, name, value):
        if is_array(value.type):
            self.scope.emit(Array(name, value, "view", value.id))
        else:
            self.scope.emit(Assign(name, value))

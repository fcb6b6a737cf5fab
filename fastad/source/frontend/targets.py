"""Lowering of assignments to variables: numbers, arrays, and tuples, which are unpacked."""

import ast

from numba.core import types
from numba.core.registry import cpu_target

from ...arrays.table import RULES
from ..ir import callees as known
from ..ir.expressions import INT, clone, constant, load, names_in, subscript, typed
from ..ir.statements import Array, Assign, If, Raise, Unsupported, carries, is_array
from .lists import is_list
from .objects import is_by_item
from .scope import Part

_READ_TWICE = ast.Name | ast.Constant


class Targets(Part):
    """The part of the lowering that deals with what is assigned to."""

    def assign(self, target, value):
        if isinstance(target, ast.Tuple):
            self.unpack(target, value)
        elif isinstance(target, ast.Name):
            self.assign_name(target.id, value)
        elif isinstance(target, ast.Subscript):
            self.parts.stores.store(target, value)
        else:
            raise Unsupported("an assignment to this is not differentiated", target)

    def assign_name(self, name, value):
        if self.parts.objects.given(value) is not None:
            return  # a function or a class: Numba's types of its uses say which one
        t = getattr(value, "type", None)
        if t is None and is_array(self.scope.type_of(value)):  # a global array
            t = self.scope.type_of(value)
        if isinstance(t, types.BaseTuple) and (is_by_item(t) or name in self.scope.tuples):
            self.assign_tuple(name, self.tuple_parts(name, value))
            return
        if is_list(value):
            self.parts.lists.bind(name, value)
            return
        target = self.scope.rename[name]
        if isinstance(target, tuple):
            target = self.scope.rename[name] = self.scope.unit.fresh(name)
        if is_array(t):
            self.parts.arrays.array(value, target)
            self.set_type(target, t)
            return
        self.scope.whole = value
        lowered = self.parts.expressions.value(value)
        self.scope.whole = None
        self.set_type(target, lowered.type)
        if not (isinstance(lowered, ast.Name) and lowered.id == target):
            self.scope.emit(Assign(target, lowered))

    def assign_parts(self, let):
        """Assign the value of a `Let` to its names."""
        names = [ast.Name(n, ast.Store()) for n in let.names]
        several = ast.copy_location(ast.Tuple(names, ast.Store()), let)
        self.assign(several if len(names) > 1 else names[0], let.value)

    def assign_tuple(self, name, parts):
        """Assign a tuple: a variable for each of its items."""
        own = self.scope.rename[name]
        if isinstance(own, tuple):  # read all items before the first variable is bound
            parts = [self.read_first(part, set().union(*map(names_in, own))) for part in parts]
        self.scope.rename[name] = tuple(
            self.own_items(name, own if isinstance(own, tuple) else None, parts)
        )

    def read_first(self, part, bound):
        """Return an item of a tuple that keeps its value when the variables ``bound`` are bound."""
        if isinstance(part, ast.Tuple):
            items = [self.read_first(e, bound) for e in part.elts]
            return typed(ast.Tuple(items, ast.Load()), part.type)
        if isinstance(part, ast.Constant) or not names_in(part) & bound:
            return part
        name = self.scope.variable("held", part.type)
        self.parts.statements.give(name, clone(part))
        return load(name, part.type)

    def own_items(self, name, own, parts):
        """Assign the items of a tuple to the variables ``own`` or to new ones; return these."""
        if own is not None and len(own) != len(parts):
            raise Unsupported(
                f"{name} is a tuple of different lengths; use two names", self.scope.node
            )
        found = []
        for k, part in enumerate(parts):
            old = None if own is None else own[k]
            if isinstance(part, ast.Tuple) or isinstance(old, ast.Tuple):
                if not (isinstance(part, ast.Tuple) and isinstance(old, ast.Tuple | None)):
                    raise Unsupported(
                        f"{name} is now another tuple; use two names", self.scope.node
                    )
                items = self.own_items(name, None if old is None else old.elts, part.elts)
                found.append(typed(ast.Tuple(items, ast.Load()), part.type))
                continue
            variable = self.scope.unit.fresh(f"{name}_{k}") if old is None else old.id
            self.set_type(variable, part.type)
            self.parts.statements.give(variable, clone(part))
            found.append(load(variable, self.scope.unit.types[variable]))
        return found

    def set_type(self, name, t):
        old = self.scope.unit.types.get(name)
        unified = t if old is None else cpu_target.typing_context.unify_types(old, t)
        if unified is None:
            if is_array(old) != is_array(t):
                raise Unsupported(
                    f"{name} is an array and a number; use two names", self.scope.node
                )
            unified = t
        self.scope.unit.types[name] = unified

    def tuple_parts(self, hint, value):
        """Evaluate a tuple expression; return its items, names for the most part."""
        if isinstance(value, ast.Tuple):
            return self.items_evaluated(hint, value)
        if isinstance(value, ast.Name):
            found = self.scope.rename_of(value)
            if isinstance(found, tuple):
                return self.own_parts(found, value.type)
            if isinstance(found, str):  # a parameter
                return [self.given_part(found, value.type, k) for k in range(len(value.type))]
        if isinstance(value, ast.Call) and self.scope.is_global(value.func):
            target = self.scope.resolve(value.func)
            if hasattr(target, "_fields"):  # the class of a named tuple
                return self.named_parts(hint, value, target)
            if target is divmod:
                shared = self.parts.statements.shared
                a, b = (v if isinstance(v, _READ_TWICE) else shared(v) for v in value.args)
                elements = [
                    ast.BinOp(a, ast.FloorDiv(), b),
                    ast.BinOp(clone(a), ast.Mod(), clone(b)),
                ]
                for e, t in zip(elements, value.type, strict=True):
                    ast.copy_location(e, value).type = t
                return self.tuple_parts(hint, ast.Tuple(elements, ast.Load()))
            operation = known.ARRAY_OF.get(target)
            if operation in RULES:
                names = [self.parts.arrays.array_name(a) for a in value.args]
                arguments = [load(n, self.scope.unit.types[n]) for n in names]
                path = self.scope.global_path(value.func)
                return self.parts.calls.ruled_call(RULES[operation], value, arguments, path)
            if known.is_user_function(target):
                return self.parts.calls.user_call(target, value)
        found = self.parts.tuples.parts_of(hint, value)
        if found is None:
            raise Unsupported("this tuple is not differentiated; unpack it", value)
        return found

    def named_parts(self, hint, call, target):
        """Evaluate what makes a named tuple, in the call's order; return it in the fields'."""
        fields = [*target._fields[: len(call.args)], *(k.arg for k in call.keywords)]
        items = [*call.args, *(k.value for k in call.keywords)]
        if None in fields or any(isinstance(e, ast.Starred) for e in items):
            raise Unsupported("a named tuple of *items or **items; write them out", call)
        if len(fields) < len(target._fields):
            raise Unsupported("a named tuple's defaults; give all its fields", call)
        evaluated = self.items_evaluated(hint, ast.Tuple(items, ast.Load()))
        part_of = dict(zip(fields, evaluated, strict=True))
        return [part_of[field] for field in target._fields]

    def items_evaluated(self, hint, value):
        """Evaluate the items of a tuple literal in order; return them."""
        parts = []
        for k, e in enumerate(value.elts):
            if isinstance(e, ast.Starred):
                parts += self.parts.calls.spread(e.value)
                continue
            t = e.type if hasattr(e, "type") else None
            if isinstance(t, types.BaseTuple) and carries(t):
                items = [*self.tuple_parts(f"{hint}_{k}", e)]
                parts.append(typed(ast.Tuple(items, ast.Load()), t))
                continue
            function = self.parts.objects.given(e)
            if function is not None:
                parts.append(constant(None, function))
                continue
            if is_array(t):
                parts.append(
                    load(self.parts.arrays.array(e, self.scope.variable(f"{hint}_{k}", t)), t)
                )
                continue
            lowered = self.parts.expressions.value(e)
            name = self.scope.variable(f"{hint}_{k}", lowered.type)
            self.scope.emit(Assign(name, lowered))
            parts.append(load(name, lowered.type))
        return parts

    @staticmethod
    def own_parts(found, t):
        """Return the items of a tuple variable, with the types that they have in this place."""
        return [
            load(p.id, types.unliteral(part))
            if isinstance(p, ast.Name) and not is_array(part)
            else p
            for p, part in zip(found, t, strict=True)
        ]  # items of a tuple in a tuple keep the types of their variables

    def given_part(self, name, type_, k):
        """Return item k of a parameter that is a tuple; an array is bound to a variable."""
        t = list(type_)[k]
        if isinstance(t, types.BaseTuple) and carries(t):
            raise Unsupported(
                "a tuple of tuples among the arguments; pass its parts", self.scope.node
            )
        item = typed(subscript(load(name, type_), [constant(k, INT)]), t)
        if not is_array(t):
            return item
        item.operation = "constant"
        array = self.parts.arrays.bind(None, item, "new", "", t)
        self.scope.unit.parts_of_tuples.add(array)
        return load(array, t)

    def unpack(self, target, value):
        t = getattr(value, "type", None)
        names = [e.id for e in target.elts if isinstance(e, ast.Name)]
        if isinstance(value, ast.Tuple):
            plain = len(names) == len(target.elts) == len(value.elts)
            plain = plain and not any(isinstance(e, ast.Starred) for e in value.elts)
            later = [set() if isinstance(e, ast.Constant) else names_in(e) for e in value.elts]
            clash = not plain or any(
                n in later[j] for i, n in enumerate(names) for j in range(i + 1, len(later))
            )
            if not clash:
                for n, e in zip(names, value.elts, strict=True):
                    self.assign_name(n, e)
                return
        if isinstance(t, types.BaseTuple) and not carries(t) and not isinstance(value, ast.Tuple):
            self.unpack_whole(target, self.parts.expressions.value(value), t)
            return
        if is_array(t):
            self.unpack_array(target, load(self.parts.arrays.array(value), t), t)
            return
        parts = self.tuple_parts("part", value)
        for e, part in zip(target.elts, parts, strict=True):
            self.assign_lowered(e, clone(part))

    def unpack_whole(self, target, lowered, t):
        """``a, b = value``, the value a tuple without derivatives, such as ``x.shape``."""
        items = self.items_of(lowered, t)
        own = {self.scope.rename[e.id] for e in target.elts if isinstance(e, ast.Name)}
        simple = isinstance(lowered, ast.Attribute) and len(own) == len(target.elts)
        if not simple or names_in(lowered) & own:
            items = [self.held(item) for item in items]  # read all before one is assigned
        for e, item in zip(target.elts, items, strict=True):
            self.assign_lowered(e, item)

    def items_of(self, lowered, t):
        """Return the items of a lowered tuple, as expressions."""
        if isinstance(lowered, ast.Tuple):
            return lowered.elts
        places = [constant(k, INT) for k in range(len(t))]
        items = [ast.Subscript(clone(lowered), k, ast.Load()) for k in places]
        return [typed(e, part) for e, part in zip(items, t, strict=True)]

    def held_tuple(self, lowered, t):
        """Return a copy, in new variables, of a lowered tuple of numbers or of such tuples."""
        if not isinstance(lowered, ast.Tuple | ast.Name | ast.Attribute):
            name = self.scope.variable("held", t)
            self.scope.emit(Assign(name, lowered))
            lowered = load(name, t)
        items = [
            self.held_tuple(e, e.type) if isinstance(e.type, types.BaseTuple) else self.held(e)
            for e in self.items_of(lowered, t)
        ]
        return typed(ast.Tuple(items, ast.Load()), t)

    def held(self, e):
        """Return a new variable with the present value of a lowered number."""
        if isinstance(e, ast.Constant):
            return e
        name = self.scope.variable("held", e.type)
        self.scope.emit(Assign(name, e))
        return load(name, e.type)

    def unpack_array(self, target, array, t):
        """``a, b = array``: read all items, or rows, before one is assigned."""
        size = typed(ast.Attribute(clone(array), "shape", ast.Load()), None)
        size = typed(ast.Subscript(size, constant(0, INT), ast.Load()), INT)
        other = ast.Compare(size, [ast.NotEq()], [constant(len(target.elts), INT)])
        wrong = load(self.scope.unit.import_global("ValueError", ValueError))
        raised = self.scope.located(Raise(typed(ast.Call(wrong, [], []), None)))
        self.scope.emit(If(typed(other, types.boolean), [raised], []))
        items = []
        plain = all(isinstance(e, ast.Name) for e in target.elts)
        for k in range(len(target.elts)):
            item = t.dtype if t.ndim == 1 else types.Array(t.dtype, t.ndim - 1, t.layout)
            value = typed(subscript(clone(array), [constant(k, INT)]), item)
            if is_array(item):
                value.operation = "view"
                name = self.parts.arrays.bind(None, value, "view", array.id, item)
                value = load(name, item)
            elif not plain:
                name = self.scope.variable("item", item)
                self.scope.emit(Assign(name, value))
                value = load(name, item)
            items.append(value)
        for e, value in zip(target.elts, items, strict=True):
            self.assign_lowered(e, value)

    def assign_lowered(self, target, value):
        if isinstance(target, ast.Subscript):
            return self.parts.stores.put(target, value)
        if isinstance(value, ast.Tuple) and carries(value.type):
            if isinstance(target, ast.Name):
                return self.assign_tuple(target.id, value.elts)
            if isinstance(target, ast.Tuple):
                items = zip(target.elts, value.elts, strict=True)
                return [self.assign_lowered(e, item) for e, item in items]
        if not isinstance(target, ast.Name):
            raise Unsupported("nested unpacking is not differentiated", target)
        name = self.scope.rename[target.id]
        if isinstance(name, tuple):
            raise Unsupported(f"{target.id} is a tuple and an item; use two names", target)
        self.set_type(name, value.type)
        if is_array(value.type):
            self.scope.emit(Array(name, value, "view", value.id))
        else:
            self.scope.emit(Assign(name, value))

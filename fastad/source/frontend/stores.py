"""Lowering of assignments to items and slices, and of augmented assignments."""

import ast

from numba.core import types

from ..ir import callees as known
from ..ir.expressions import index_parts, is_number, load, subscript, typed
from ..ir.statements import Assign, Fill, Store, Unsupported, is_array, is_real
from .expressions import DIVISIONS
from .lists import is_list
from .scope import Part


class Stores(Part):
    """The part of the lowering that deals with writes into arrays."""

    def is_element(self, target):
        """Tell whether a subscript is one element: as many integers as dimensions."""
        index = index_parts(target.slice)
        if not index:
            raise Unsupported("an array without dimensions is indexed; use a number", target)
        kinds = [None if isinstance(i, ast.Slice) else self.scope.type_of(i) for i in index]
        kinds = [k for t in kinds for k in (t if isinstance(t, types.BaseTuple) else [t])]
        scalar = all(isinstance(k, types.Integer) for k in kinds)
        t = getattr(target.value, "type", None)
        if not is_array(t):
            raise Unsupported("only arrays are written into", target)
        return scalar and len(kinds) == t.ndim

    def store(self, target, value):
        target.value = self.parts.arrays.flattened(target.value)
        self.put(
            target,
            self.parts.expressions.value(value)
            if self.is_element(target)
            else self.parts.expressions.simple(value),
        )

    def put(self, target, value):
        """``target = value``, the value lowered already."""
        target.value = self.parts.arrays.flattened(target.value)
        if self.is_element(target):
            self.store_lowered(target, value)
        elif self.parts.indexed.by_array(target):
            self.parts.indexed.put(self.parts.indexed.places(target), value, target)
        else:
            self.scope.emit(Fill(self.whole_of(target), value))

    def whole_of(self, target):
        """Return the name of a view of the part of an array that is written into."""
        index = index_parts(target.slice)
        if all(
            (isinstance(i, ast.Slice) and (i.lower, i.upper, i.step) == (None, None, None))
            or (isinstance(i, ast.Constant) and i.value is Ellipsis)
            for i in index
        ):
            return self.parts.arrays.array_name(target.value)
        owner = target.value.type
        for i in index:
            t = None if isinstance(i, ast.Slice) else self.scope.type_of(i)
            if isinstance(t, types.BaseTuple):
                raise Unsupported("a write through a tuple of indices; write them out", target)
        ndim = owner.ndim - sum(
            not isinstance(i, ast.Slice) and not (isinstance(i, ast.Constant) and i.value is ...)
            for i in index
        )
        target.type = types.Array(owner.dtype, ndim, "A")
        return self.parts.arrays.part(target, None)

    def store_lowered(self, target, value):
        if is_list(target.value):
            value, index = self.parts.expressions.in_order([target.slice], [value])
            array, index = self.parts.lists.place(target.value, index)
            self.scope.emit(Store(array.id, [index], value))
            return
        value, array = self.parts.expressions.in_order([target.value], [value])
        value, *index = self.parts.expressions.indices(target, [value])
        self.scope.emit(Store(array.id, self.apart_from(array.id, index), value))

    def apart_from(self, array, index):
        """Return the indices of a store; those that read the array itself are read before it."""
        own = self.scope.unit.memories([array])
        return [self.parts.expressions.read_now(i, own) for i in index]

    def augmented(self, s):
        op, target = s.op, s.target
        kind = type(op).__name__
        rule = known.OPERATORS.get(kind)
        if rule is None:
            if isinstance(target, ast.Name):
                old = ast.Name(target.id, ast.Load())
                old.type = self.scope.unit.types.get(self.scope.rename[target.id])
                new = ast.BinOp(old, op, s.value)
                new.type = old.type
                if isinstance(old.type, types.Integer | types.Boolean):
                    self.parts.targets.assign_name(target.id, new)
                    return
            raise Unsupported("this augmented assignment is not differentiated", s)
        if isinstance(target, ast.Subscript):
            target.value = self.parts.arrays.flattened(target.value)
        if isinstance(target, ast.Name):
            self.augmented_name(s, rule)
        elif self.is_element(target):
            self.augmented_element(s, rule)
        elif self.parts.indexed.by_array(target):
            self.parts.indexed.augmented(s, rule)
        else:
            part = self.whole_of(target)
            self.fill_with(part, s, rule, self.parts.expressions.simple(s.value))

    def augmented_element(self, s, rule):
        """``array[index] op= value``: the item is read before the value is computed."""
        owner = s.target.value
        if is_list(owner):
            (index,) = self.parts.expressions.in_order([s.target.slice])
            array, *index = self.parts.lists.place(owner, index)
            array = array.id
        else:
            array = self.parts.arrays.array_name(owner)
            index = self.parts.expressions.indices(s.target)
        t = self.scope.unit.types[array]
        index = self.apart_from(array, index)
        item = typed(subscript(load(array, t), index), t.dtype)
        *index, old, value = self.parts.expressions.in_order([s.value], [*index, item])
        add = old is item and (rule == "add" or (rule == "sub" and _has_negative(value)))
        if not add:
            value = typed(ast.BinOp(old, s.op, value), t.dtype, rule)
            if rule in DIVISIONS:
                self.scope.unit.divisions.append((value, self.scope.raises))
        elif rule == "sub":
            value = typed(ast.UnaryOp(ast.USub(), value), value.type, "neg")
        self.scope.emit(Store(array, index, value, add))

    def augmented_name(self, s, rule):
        name = self.scope.rename[s.target.id]
        if isinstance(name, tuple):
            raise Unsupported("this augmented assignment is not differentiated", s)
        old_type = self.scope.unit.types.get(name)
        if is_array(old_type):
            self.fill_with(name, s, rule, self.parts.expressions.simple(s.value))
            return
        value = self.parts.expressions.value(s.value)
        if old_type is None:
            raise Unsupported(f"{s.target.id} has no value yet", s)
        # Numba's types: in a loop what was an integer may be a float when it comes here again.
        self.parts.targets.set_type(name, s.type)
        self.scope.unit.refuse_negative(type(s.op), [load(name), value], s)
        new = typed(ast.BinOp(load(name, s.old_type), s.op, value), s.type, rule)
        if rule in DIVISIONS:
            self.scope.unit.divisions.append((new, self.scope.raises))
        self.scope.emit(Assign(name, new))

    def fill_with(self, array, s, rule, value):
        """``array op= value`` for a whole array.

        Numba writes each item before it reads the next; the generated code reads all items of the
        value before it writes any. Both give the same where array and value share no memory
        (`unit.sure_of_memory` refuses others), or are the same items at the same places.
        """
        item_by_item = self.are_rows_of_one(s.target, s.value)
        if isinstance(value, ast.Name) and is_array(value.type) and not item_by_item:
            self.scope.unit.in_place.append((array, value.id, s))
        add = rule == "add" or (rule == "sub" and _has_negative(value))
        if add and not item_by_item:
            if rule == "sub":
                negative = ast.UnaryOp(ast.USub(), value)
                negative.operation = "neg"
                typed(negative, value.type, "neg")
                if is_array(value.type):
                    name = self.parts.arrays.bind(None, negative, "new", "", value.type)
                    value = load(name, value.type)
                else:
                    value = negative
            self.scope.emit(Fill(array, value, True))
            return
        t = self.scope.unit.types[array]
        new = ast.BinOp(load(array, t), s.op, value)
        new.operation = rule
        fresh = types.Array(t.dtype, t.ndim, "C")
        name = self.parts.arrays.bind(None, typed(new, fresh, rule), "new", "", fresh)
        self.scope.emit(Fill(array, load(name, fresh)))

    def is_integer(self, index):
        """Tell whether an index is an integer, and not a slice, the Ellipsis or None."""
        return not isinstance(index, ast.Slice) and isinstance(
            self.scope.type_of(index), types.Integer
        )

    def are_rows_of_one(self, a, b):
        """Tell whether two parts of one array are the same part, or have no item in common.

        That is sure where both subscripts have the same slices, and integers at the same places;
        and no call is in them, which could return another array or other bounds.
        """
        if not (isinstance(a, ast.Subscript) and isinstance(b, ast.Subscript)):
            return False
        ours, theirs = index_parts(a.slice), index_parts(b.slice)
        return (
            _are_one(a.value, b.value)
            and len(ours) == len(theirs)
            and all(
                _are_one(i, j)
                if isinstance(i, ast.Slice)
                else self.is_integer(i) and self.is_integer(j)
                for i, j in zip(ours, theirs, strict=True)
            )
        )


def _has_negative(value):
    """Tell whether to add minus a value is to subtract it.

    Of unsigned integers, and of the least of small signed ones, minus is another number, modulo 256
    for bytes: added to a float, it would be 253 in the place of -3.
    """
    return is_number(value) or is_real(getattr(value.type, "dtype", value.type))


def _are_one(a, b):
    calls = any(isinstance(n, ast.Call) for n in ast.walk(a))
    return ast.unparse(a) == ast.unparse(b) and not calls

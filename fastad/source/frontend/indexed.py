"""Lowering of writes through index arrays and masks: loops of writes of items or rows."""

import ast
from typing import NamedTuple

import numpy as np
from numba.core import types

from ...arrays.writes import WRITES
from ..ir.expressions import index_parts, load, subscript, typed
from ..ir.statements import Unsupported, is_array
from .scope import Part


class Places(NamedTuple):
    """Where a write goes: to the items, or rows, of ``array`` at ``index`` along its first axis.

    ``turned`` says that ``array`` is the transpose of the user's array.
    """

    array: str
    index: ast.Name
    turned: bool


class IndexedWrites(Part):
    """The part of the lowering that deals with ``array[index] = value``, index an array."""

    def by_array(self, target):
        """Tell whether an index of a subscript is an array, or the result of ``np.nonzero``."""
        return any(is_array(self.scope.type_of(i)) for i in self.indices(target))

    def indices(self, target):
        """Return the indices of a subscript; for ``np.nonzero(mask)`` or ``np.where`` the mask."""
        given = index_parts(target.slice)
        if len(given) == 1 and self.parts.loops.called(given[0]) in (np.where, np.nonzero):
            of = given[0].args
            t = self.scope.type_of(of[0])
            if len(of) == 1 and is_array(t) and t.ndim == 1 and t.dtype == types.boolean:
                return of
        return given

    def places(self, target):
        """Evaluate the array and the indices of a subscript, in Python's order."""
        owner, *index = self.parts.expressions.in_order(
            [target.value, *self.indices(target)], (), self.parts.expressions.simple
        )
        axes = [k for k, i in enumerate(index) if is_array(i.type)]
        single = [k for k, i in enumerate(index) if is_array(i.type) or _is_integer(i)]
        others = [i for k, i in enumerate(index) if k not in single and not _is_slice(i)]
        together = single == list(range(single[0], single[-1] + 1))
        if len(axes) > 1 or index[axes[0]].type.ndim != 1 or others or not together:
            raise Unsupported(
                "a write through an index array goes with slices, or with integers beside it, and "
                "has one dimension; use a loop",
                target,
            )
        axis = axes[0]
        chosen, index[axis] = index[axis], ast.Slice(None, None, None)
        name, t = owner.id, self.scope.unit.types[owner.id]
        if single != axes or any(map(_is_partial, index)):
            t = types.Array(t.dtype, t.ndim - len(single) + 1, "A")
            name = self.view(subscript(load(name), index), t, name)
        if not any(map(_is_slice, index[:axis])):
            return Places(name, chosen, False)
        if t.ndim != 2:
            raise Unsupported(
                "a write through an index array is by the first axis, or into a matrix; use a loop",
                target,
            )
        return Places(self.transposed(name), chosen, True)

    def put(self, places, value, node):
        """``array[index] = value`` of a value that is lowered: a number or an array."""
        t = self.scope.unit.types[places.array]
        one_each, value_t = False, value.type  # one_each: an item of the value for each place
        if isinstance(value_t, types.BaseTuple | types.List):
            raise Unsupported("a tuple or a list written through an index array", node)
        if is_array(value_t):
            if not 0 < value_t.ndim <= t.ndim:
                raise Unsupported("an array of more dimensions than it is written into", node)
            one_each = places.turned or value_t.ndim == t.ndim
            value = self.apart(places.array, value, node)
            if places.turned and value_t.ndim == 2:
                name = self.transposed(value.id)
                value = load(name, self.scope.unit.types[name])
        if places.array != places.index.id:  # ``a[a] = ...`` is as in Numba
            self.scope.unit.in_place.append((places.array, places.index.id, node))
        write = WRITES[places.index.type.dtype == types.boolean, one_each]
        given = [load(places.array, t), places.index, value]
        kinds = [types.unliteral(a.type) for a in given]
        self.scope.out += self.parts.calls.inlined(write, kinds, given).scope.out

    def augmented(self, s, rule):
        """``array[index] op= value``: take the items, change them, and write them back."""
        places = self.places(s.target)
        t = self.scope.unit.types[places.array]
        taken_t = types.Array(t.dtype, t.ndim, "C")
        value = typed(subscript(load(places.array, t), [places.index]), taken_t)
        value.operation = "take"
        taken = self.parts.arrays.bind(None, value, "new", places.array, taken_t)
        changed = self.transposed(taken) if places.turned else taken
        self.parts.stores.fill_with(changed, s, rule, self.parts.expressions.simple(s.value))
        self.put(places, load(changed, self.scope.unit.types[changed]), s)

    def apart(self, array, value, node):
        """Return the value as it is before the write: a copy where it shares the array's memory."""
        memories = self.scope.unit.memories
        if not memories([array]) & memories([value.id]):
            self.scope.unit.in_place.append((array, value.id, node))  # checked again at the end
            return value
        copied = ast.Call(ast.Attribute(value, "copy", ast.Load()), [], [])
        copied.operation = "copy"
        t = types.Array(value.type.dtype, value.type.ndim, "C")
        return load(self.parts.arrays.bind(None, typed(copied, t), "new", "", t), t)

    def transposed(self, name):
        """Return the name of a matrix' transpose."""
        t = types.Array(self.scope.unit.types[name].dtype, 2, "A")
        return self.view(ast.Attribute(load(name), "T", ast.Load()), t, name)

    def view(self, value, t, of):
        """Return the name of a part of an array."""
        value.operation = "view"
        return self.parts.arrays.bind(None, typed(value, t), "view", of, t)


def _is_slice(i):
    return isinstance(i, ast.Slice) or (isinstance(i, ast.Constant) and i.value is ...)


def _is_partial(i):
    return isinstance(i, ast.Slice) and (i.lower, i.upper, i.step) != (None, None, None)


def _is_integer(i):
    return isinstance(i.type, types.Integer)

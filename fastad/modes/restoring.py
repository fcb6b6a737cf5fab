"""Arguments that f writes into: every call of f starts from the same data.

A derivative may call f several times, and leaves in the arguments that are not differentiated
what one call of f leaves.  So if f may write into one (`fastad.jit.effects`), its items are kept,
and put back before each call but the first.  Differentiated arguments are copied, and stay as they
were; they must not share memory with an argument that f writes into, as the copy would not see the
change.
"""

import itertools

import numpy as np
from numba import typeof
from numba.core import types
from numba.extending import intrinsic, overload, register_jitable

from ..jit.effects import effects
from ..jit.left import read_after_driver
from ..numbers.arrays import empty_array
from ..numbers.jet import ActiveType
from ..refusals import Misuse
from ..rules.codegen import indented
from .request import NotTaken
from .seeding import stub

kept = stub("kept", "Return a copy of an array's items to put them back; none if not needed.")
put_back = stub("put_back", "Write the items that were kept back into an array.")


def arrays_in(name, t):
    """Return (source, type) of the arrays that an argument of a type consists of."""
    if isinstance(t, types.BaseTuple):
        return [a for k, part in enumerate(t) for a in arrays_in(f"{name}[{k}]", part)]
    return [(name, t)] if isinstance(t, types.Array) else []


def changed_by(plan, argument_types):
    """Return the `Effects` of f, its parameters by the plan's names."""
    types_given = tuple(argument_types[p] for p in plan.internal.values())
    if types_given not in plan.changes:  # the modes and the checks all need it
        of_values = [typeof(t.value) if isinstance(t, types.Omitted) else t for t in types_given]
        found = effects(plan.f, dict(zip(plan.internal, of_values, strict=True)))
        written = {plan.internal[n] for n in found.written}
        plan.changes[types_given] = found._replace(written=written)
    return plan.changes[types_given]


def can_be_put_back(t):
    """Tell whether all of an argument that may change is in arrays that `arrays_in` finds."""
    if isinstance(t, types.BaseTuple):
        return all(map(can_be_put_back, t))
    fixed = types.Number | types.Boolean | types.NoneType | types.UnicodeType | types.Omitted
    fixed |= types.EnumMember
    return isinstance(types.unliteral(t), types.Array | fixed | ActiveType)


class Restored:
    """The lines that keep and put back the arrays into which f writes; none if there are none."""

    def __init__(self, plan, argument_types):
        changed = changed_by(plan, argument_types)
        data = [p for p in plan.parameters if p in changed.written and p not in plan.variables]
        found = [a for p in data for a in arrays_in(p, argument_types[p])]
        self.arrays = [a for a, t in found if t.mutable]
        self.copies = {
            v: f"copy_of_({v})"
            for v in plan.variables
            if v in changed.written and isinstance(argument_types[v], types.Array)
        }
        self.random, self.written = changed.random, changed.written
        self.lost = [p for p in data if not can_be_put_back(argument_types[p])]

    def before(self, needed):
        """Return lines for before the first call; ``needed`` is the test for further calls.

        Raises
        ------
        NotTaken
            If f changes something that cannot be put back.
        """
        if self.random:
            raise NotTaken(
                "the function draws random numbers, others in each call; draw them before and "
                "pass them"
            )
        if self.lost:
            raise NotTaken(
                f"the function may change {self.lost[0]!r}, which each call is to find as it was "
                "given; pass arrays"
            )
        return [f"kept_{k}_ = kept_({a}, {needed})" for k, a in enumerate(self.arrays)]

    def again(self):
        """Return lines for before every other call."""
        return [f"put_back_({a}, kept_{k}_)" for k, a in enumerate(self.arrays)]

    def again_if(self, condition):
        """Return lines for before a call that is not the first one if a condition holds."""
        return [f"if {condition}:", *indented(self.again())] if self.arrays else []


def refuse_shared(plan, argument_types):
    """Refuse f if a function with a rule returns an argument, and one of the two is written into.

    With Jets and Vars the result would be new memory. And refuse f if it reads what the function
    of a driver that it calls has left in an argument: there that has no derivative.

    Raises
    ------
    NotTaken
    """
    name = changed_by(plan, argument_types).shared
    if name:
        raise NotTaken(
            f"{name}, which has a rule, returns its argument or a part of it, and one of the two "
            "is written into; let it return a copy: np.copy(...)"
        )
    left = read_after_driver(plan.f)
    if left:
        driver, name = left
        raise NotTaken(
            f"{driver.__name__}, which has a rule, writes into its argument {name!r}, which is "
            "read afterwards; let the function return the array"
        )


def refuse_cast(plan, argument_types):
    """Refuse float32 where it depends on that type whether what is written into is a copy.

    Arrays of float32 that are differentiated come to f as arrays of float64.

    Raises
    ------
    Misuse
    """
    narrow = [v for v in plan.variables if is_narrow(argument_types[v])]
    found = changed_by(plan, argument_types) if narrow else None
    for v in narrow if found and found.casts else ():
        if v in found.written:
            raise Misuse(
                f"fastad: cannot differentiate {plan.described} by its argument {v!r} of float32: "
                "np.asarray(..., dtype) makes a copy of it, or none, and one of the two is written "
                f"into; pass {v}.astype(np.float64), or write into np.copy(...)"
            )


def is_narrow(t):
    """Tell whether a type is that of arrays of float32."""
    return isinstance(t, types.Array) and t.dtype == types.float32


def checks(plan, argument_types):
    """Return lines that refuse arguments which share memory, if f may write into one of them.

    Also where numbers alone are differentiated: what f writes into an array may depend on them, and
    each array has derivatives of its own. A cotangent is read after f has run.
    """
    given = [*plan.parameters, *(plan.extra if plan.kind == "vjp" else ())]
    leaves = {p: arrays_in(p, argument_types[p]) for p in given}
    leaves = {p: found for p, found in leaves.items() if found}
    if len(leaves) < 2:
        return []
    changed = changed_by(plan, argument_types).written
    lines = []
    for p, q in itertools.combinations(leaves, 2):
        if not changed & {p, q}:
            continue
        both = f"arguments {p!r} and {q!r}"
        if q not in plan.parameters:
            both = f"argument {p!r} and the cotangent"
        message = (
            f"fastad: the {both} share memory, and {plan.name} writes into it; pass a copy of one"
        )
        for (a, _), (b, _) in itertools.product(leaves[p], leaves[q]):
            lines += [f"if share_memory_({a}, {b}):", f"    raise ValueError({message!r})"]
    return lines


@overload(kept)
def _kept(x, needed):
    item = x.dtype
    if isinstance(item, ActiveType):

        def active(x, needed):
            out = empty_array(item, (x.size if needed else 0,))
            for k in range(out.size):
                out[k] = x.flat[k]
            return out

        return active

    def array(x, needed):
        out = np.empty(x.size if needed else 0, item)
        for k in range(out.size):
            out[k] = x.flat[k]
        return out

    return array


@overload(put_back)
def _put_back(x, items):
    def array(x, items):
        for k, index in enumerate(np.ndindex(x.shape)):
            x[index] = items[k]

    return array


@intrinsic
def _in_memory(typingctx, x):
    """Return an array's address, its strides and the size of an item, for Jets and Vars, too.

    (The attributes with these names are refused for such arrays: see `fastad.numbers.arrays`.)
    """
    result = types.Tuple((types.intp, types.UniTuple(types.intp, x.ndim), types.intp))

    def codegen(context, builder, signature, args):
        array = context.make_array(x)(context, builder, value=args[0])
        address = builder.ptrtoint(array.data, context.get_value_type(types.intp))
        return context.make_tuple(builder, result, (address, array.strides, array.itemsize))

    return result(x), codegen


@register_jitable
def _extent(x):
    """Return the addresses of an array's first byte, and of the first after its last."""
    first, strides, size = _in_memory(x)
    last = first
    for axis in range(x.ndim):
        reach = (x.shape[axis] - 1) * strides[axis]
        if reach > 0:
            last += reach
        else:
            first += reach
    return first, last + size


@register_jitable
def share_memory(x, y):
    """Tell whether the memory that two arrays span overlaps."""
    if x.size == 0 or y.size == 0:
        return False
    a, b = _extent(x), _extent(y)
    return a[0] < b[1] and b[0] < a[1]


NAMES = {"kept_": kept, "put_back_": put_back, "share_memory_": share_memory}

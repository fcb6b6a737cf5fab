"""The adjoints of statements that compute with whole arrays."""

import ast

from ...arrays.table import RULES
from ...rules.table import BY_NAME
from ...rules.terms import terms
from ..analysis.activity import flows, moving, operands
from ..analysis.contents import content
from ..ir.expressions import (
    call,
    constant,
    filled,
    index_parts,
    load,
    names_in,
    text,
    tuple_of,
)
from ..ir.statements import Array, Assign, Do, Fill, Set, Unsupported, is_array
from ..ir.templates import statements
from ..runtime import ARRAY_PULLS, pull_taken
from .elementwise import pull_function
from .storage import zeros_for


def shadow(adjoint, s):
    """Return the statement that makes the adjoints of a new array, or the view of its owner's."""
    bar = adjoint.bars[s.name]
    if s.kind == "view":
        of = adjoint.bars[s.of]
        return Array(bar, filled(s.value, {s.of: of}), "view", of)
    return zeros_for(bar, s.name)


def pull(adjoint, s):
    """Return (statements, uses) that propagate an array's adjoints to its operands."""
    operation = getattr(s.value, "operation", "")
    if s.kind == "view" or operation == "constant":
        return [], {s.name} | names_in(s.value)
    if not adjoint.activity.is_active(s.value):
        return [], {s.name}
    if operation == "take":
        return _take(adjoint, s)
    if operation in BY_NAME:
        if any(operands(a) for a in operands(s.value)):
            return adjoint.passes.ask("elementwise", adjoint, s)
        return _elementwise(adjoint, s, operation)
    if operation in ("dot", "vdot") and _weighed(adjoint, s):
        return _elementwise(adjoint, s, "mul")
    if operation in ARRAY_PULLS and not _plain(s, operation):
        return _own(adjoint, s, operation)
    if operation in RULES:
        return _whole(adjoint, s, operation)
    raise Unsupported(f"{text(s.value)} has no rule for whole arrays")


def _plain(s, operation):
    """Tell whether a call has the form of its row of the table: no axis, no keyword."""
    extra = len(operands(s.value)) > RULES[operation].arity if operation in RULES else True
    return not extra and not getattr(s.value, "keywords", None)


def _weighed(adjoint, s):
    """Tell whether a product of vectors, whose adjoint may be infinite, is pulled item by item."""
    vectors = all(is_array(a.type) and a.type.ndim == 1 for a in operands(s.value))
    return vectors and s.name in adjoint.steepness.adjoints


def _values(adjoint, nodes, uses):
    """Add to ``uses`` scalars, and arrays with their items, that expressions read."""
    for n in nodes:
        uses |= names_in(n)
        for name in names_in(n):
            if is_array(adjoint.types.get(name)):
                uses.add(content(adjoint.memory(name)))


def _pulled(adjoint, a, function, name, given):
    """Return the call that adds to an operand's adjoints in place, or returns a number's."""
    target = adjoint.bars[a.id]
    value = call(adjoint.function(function, name), [target, *given])
    return Do(value) if is_array(adjoint.types[a.id]) else Assign(target, value)


def _elementwise(adjoint, s, operation):
    arguments = operands(s.value)
    bar = adjoint.bars[s.name]
    lines, uses = [], {s.name}
    used = set()
    for term in terms(BY_NAME[operation]):
        a = arguments[term.argument]
        if not flows(a) & adjoint.activity.active:
            continue
        used |= term.reads
        name = f"pull_{operation}_{'xy'[term.argument]}"
        product = adjoint.steepness.product(s.name)
        function = pull_function(operation, term.argument, product)
        lines.append(_pulled(adjoint, a, function, name, [bar, *arguments, s.name]))
        uses |= names_in(a)
    for letter, a in zip("xy", arguments, strict=False):
        uses |= names_in(a)
        if letter in used:
            _values(adjoint, [a], uses)
    if "r" in used:
        uses.add(content(adjoint.memory(s.name)))
    return lines, uses


def _whole(adjoint, s, operation):
    rule = RULES[operation]
    arguments = operands(s.value)
    if len(arguments) != rule.arity or getattr(s.value, "keywords", None):
        raise Unsupported(f"{text(s.value)}: only the plain form of {operation} has a rule", s)
    active = [k for k, a in enumerate(arguments) if flows(a) & adjoint.activity.active]
    given = [*arguments, s.name, adjoint.bars[s.name]]
    uses = {s.name}
    _values(adjoint, arguments, uses)
    if is_array(adjoint.types[s.name]):
        uses.add(content(adjoint.memory(s.name)))
    targets = [load(adjoint.bars[arguments[k].id]) for k in active]
    if len(active) < rule.arity:
        function = adjoint.function(rule.alone[active[0]], f"{operation}_bar_{'ab'[active[0]]}")
        return [Set(targets[0], call(function, given), "+")], uses
    function = adjoint.function(rule.adjoint, f"{operation}_bar")
    if rule.arity == 1:
        return [Set(targets[0], call(function, given), "+")], uses
    parts = [adjoint.fresh("b") for _ in active]
    both = Set(tuple_of(parts), call(function, given))
    return [both, *(Set(t, load(b), "+") for t, b in zip(targets, parts, strict=True))], uses


def _take(adjoint, s):
    """``x[index]``, an array in the index: an item of x that is taken twice gets both adjoints."""
    owner, index = s.value.value, index_parts(s.value.slice)
    uses = {s.name}
    _values(adjoint, index, uses)
    function = adjoint.function(pull_taken, "pull_taken")
    bars = adjoint.bars[owner.id], adjoint.bars[s.name]
    given = index[0] if len(index) == 1 else tuple_of([_as_value(adjoint, i) for i in index])
    return [Do(call(function, [*bars, given]))], uses | names_in(owner)


def _as_value(adjoint, index):
    """Return an index as what may stand outside of a subscript."""
    if not isinstance(index, ast.Slice):
        return index
    ends = (index.lower, index.upper, index.step)
    return call(adjoint.function(slice, "slice"), [e or constant(None, None) for e in ends])


def _own(adjoint, s, operation):
    """An operation whose adjoint is in `ARRAY_PULLS`, not in the table: copies, shapes, axes."""
    arguments = operands(s.value)
    keywords = [k.value for k in getattr(s.value, "keywords", [])]
    if operation == "sum" and len(arguments) + len(keywords) > 2:
        raise Unsupported(f"{text(s.value)}: only without a dtype has a rule")
    bar = adjoint.bars[s.name]
    lines, uses = [], {s.name}
    _values(adjoint, [*arguments, *keywords], uses)
    uses.add(content(adjoint.memory(s.name)) if is_array(adjoint.types[s.name]) else s.name)
    function, name = ARRAY_PULLS[operation], f"pull_{operation}"
    for position, a in moving(s.value):
        if not flows(a) & adjoint.activity.active:
            continue
        given = [bar, constant(position, None), *arguments, *keywords, s.name]
        lines.append(_pulled(adjoint, a, function, name, given))
    return lines, uses


def pull_fill(adjoint, s):
    """Return (statements, uses) of ``array[...] = value`` and ``array[...] += value``."""
    bar = adjoint.bars[s.array]
    lines, uses = [], {s.array}
    value, sign = s.value, 1
    if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
        value, sign = value.operand, -1
    own = isinstance(value, ast.Name) and adjoint.memory(value.id) == adjoint.memory(s.array)
    if own and is_array(adjoint.types.get(value.id)):
        if s.add and value.id != s.array:
            raise Unsupported(
                "a part of an array combined in place with another part of it; copy it first"
            )
        given, bar = bar, adjoint.fresh("b")
        lines = statements("bar = given.copy()", bar=bar, given=given)
        if not s.add:
            lines.append(Fill(given, constant(0.0, None)))
    else:
        own = False
    if flows(value) & adjoint.activity.active:
        if not isinstance(value, ast.Name):
            raise Unsupported("an expression assigned to a whole array")
        uses = uses | names_in(value)
        rule = "pos" if sign > 0 else "neg"
        function, given = pull_function(rule, 0), [bar, value.id, value.id]
        lines.append(_pulled(adjoint, value, function, f"pull_{rule}_x", given))
    if not s.add and not own:
        lines.append(Fill(bar, constant(0.0, None)))
    return lines, uses

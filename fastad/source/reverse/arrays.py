"""The adjoints of statements that compute with whole arrays."""

import ast

from ...arrays.table import RULES
from ...rules.table import BY_NAME
from ...rules.terms import terms
from ..analysis.activity import flows, moving, operands
from ..analysis.contents import content
from ..ir.statements import Unsupported, clone, is_array, names_in, text
from ..runtime import ARRAY_PULLS, pull_taken
from .elementwise import pull_function
from .fused_elementwise import merged


def shadow(adjoint, s):
    """Return the source of the adjoints of a new array or view."""
    if s.kind == "view":
        value = clone(s.value)
        for n in ast.walk(value):
            if isinstance(n, ast.Name) and n.id == s.of:
                n.id = adjoint.bars[s.of]
        return text(value)
    return f"zeros_for({s.name}, base_)"


def pull(adjoint, s):
    """Return (lines, uses) that carry an array's adjoints to what it was made from."""
    operation = getattr(s.value, "operation", "")
    if s.kind == "view" or operation == "constant":
        return [], {s.name} | names_in(s.value)
    if not adjoint.activity.is_active(s.value):
        return [], {s.name}
    if operation == "take":
        return _take(adjoint, s)
    if operation in BY_NAME:
        if any(operands(a) for a in operands(s.value)):
            return merged(adjoint, s)
        return _elementwise(adjoint, s, operation)
    if operation in ARRAY_PULLS and not _plain(s, operation):
        return _own(adjoint, s, operation)
    if operation in RULES:
        return _whole(adjoint, s, operation)
    raise Unsupported(f"{text(s.value)} has no rule for whole arrays")


def _plain(s, operation):
    """Tell whether the table of array rules has the form of the call: no axis, no keyword."""
    extra = len(operands(s.value)) > RULES[operation].arity if operation in RULES else True
    return not extra and not getattr(s.value, "keywords", None)


def _values(adjoint, nodes, uses):
    """Note that arrays' items, or scalars, are read."""
    for n in nodes:
        uses |= names_in(n)
        for name in names_in(n):
            if is_array(adjoint.types.get(name)):
                uses.add(content(adjoint.memory(name)))


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
        pulled = pull_function(operation, term.argument, adjoint.activity.selected)
        function = adjoint.function(pulled, name)
        given = ", ".join(text(o) for o in arguments)
        target = adjoint.bars[a.id]
        call = f"{function}({target}, {bar}, {given}, {s.name})"
        lines.append(call if is_array(adjoint.types[a.id]) else f"{target} = {call}")
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
    given = ", ".join([*(text(a) for a in arguments), s.name, adjoint.bars[s.name]])
    uses = {s.name}
    _values(adjoint, arguments, uses)
    if is_array(adjoint.types[s.name]):
        uses.add(content(adjoint.memory(s.name)))
    else:
        uses.add(s.name)
    targets = [adjoint.bars[arguments[k].id] for k in active]
    if len(active) < rule.arity:
        function = adjoint.function(rule.alone[active[0]], f"{operation}_bar_{'ab'[active[0]]}")
        return [f"{targets[0]} += {function}({given})"], uses
    function = adjoint.function(rule.adjoint, f"{operation}_bar")
    if rule.arity == 1:
        return [f"{targets[0]} += {function}({given})"], uses
    parts = [adjoint.fresh("b") for _ in active]
    lines = [f"{', '.join(parts)} = {function}({given})"]
    return lines + [f"{t} += {b}" for t, b in zip(targets, parts, strict=True)], uses


def _take(adjoint, s):
    """``x[index]`` by one array: items of x that are taken twice get both adjoints."""
    owner, index = s.value.value, s.value.slice
    if not isinstance(index, ast.Name) or index.type.ndim != 1:
        raise Unsupported(f"{text(s.value)}: only one index array of one dimension has a rule")
    uses = {s.name}
    _values(adjoint, [index], uses)
    function = adjoint.function(pull_taken, "pull_taken")
    bars = adjoint.bars[owner.id], adjoint.bars[s.name]
    return [f"{function}({', '.join(bars)}, {index.id})"], uses | names_in(owner)


def _own(adjoint, s, operation):
    """An operation with an adjoint of the generator's own: copies, shapes, sums by axis."""
    arguments = operands(s.value)
    keywords = [k.value for k in getattr(s.value, "keywords", [])]
    function = adjoint.function(ARRAY_PULLS[operation], f"pull_{operation}")
    bar = adjoint.bars[s.name]
    lines, uses = [], {s.name}
    _values(adjoint, [*arguments, *keywords], uses)
    uses.add(content(adjoint.memory(s.name)) if is_array(adjoint.types[s.name]) else s.name)
    given = ", ".join([*(text(a) for a in [*arguments, *keywords]), s.name])
    for position, a in moving(s.value):
        if not flows(a) & adjoint.activity.active:
            continue
        target = adjoint.bars[a.id]
        call = f"{function}({target}, {bar}, {position}, {given})"
        lines.append(call if is_array(adjoint.types[a.id]) else f"{target} = {call}")
    return lines, uses


def pull_fill(adjoint, s):
    """Return (lines, uses) of ``array[...] = value`` and ``array[...] += value``."""
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
        lines.append(f"{bar} = {given}.copy()")
        if not s.add:
            lines.append(f"{given}[:] = 0.0")
    else:
        own = False
    if flows(value) & adjoint.activity.active:
        if not isinstance(value, ast.Name):
            raise Unsupported("an expression assigned to a whole array")
        function = adjoint.function(pull_function("pos", 0), "pull_pos_x")
        target, uses = adjoint.bars[value.id], uses | names_in(value)
        call = f"{function}({target}, {bar}, {value.id}, {value.id})"
        if sign < 0:
            function = adjoint.function(pull_function("neg", 0), "pull_neg_x")
            call = f"{function}({target}, {bar}, {value.id}, {value.id})"
        lines.append(call if is_array(adjoint.types[value.id]) else f"{target} = {call}")
    if not s.add and not own:
        lines.append(f"{bar}[:] = 0.0")
    return lines, uses

"""The drivers' mode "source": derivatives by transforming the function's source."""

import ast

from numba.core import types

from ..jit.generated import ByTypes, Driver
from ..modes import restoring
from ..modes.request import CHUNK, Code, NotTaken, RowByRow, nested
from ..modes.results import refuse_no_float, refuse_no_scalar, refuse_tuple_of_arrays
from ..modes.seeding import refuse_other_shape
from ..numbers.jet import ActiveType
from ..refusals import Misuse, developing
from ..rules.codegen import indented
from ..source.emit.adjoint_function import Generated
from ..source.emit.tangent_function import GeneratedTangent
from ..source.ir.statements import Unsupported, expressions, walk
from ..source.ir.verify import NotWellFormed
from ..source.reverse.prange import Shared

NAME = "source"
WHY = "the function's source is taken: its adjoint costs a few calls, however many variables"


def generate(plan, argument_types):
    """Return the code of a driver for some types of its arguments; see `fastad.modes.forward`."""
    if isinstance(plan.f, ByTypes):
        return _of_gradient(plan, argument_types)
    for name, t in argument_types.items():
        if isinstance(t, types.Omitted) and name in plan.variables:
            raise NotTaken(f"{name} is not given")
    narrow = narrow_variables(plan, argument_types)
    primal_types = types_seen(plan, argument_types)
    second = plan.kind in ("hvp", "hessian") or nested(argument_types)
    try:
        if plan.kind in _ALONG:
            generated = GeneratedTangent(plan.f, primal_types, plan.argnums, lift=second)
        elif plan.kind == "hvp" and not nested(argument_types):
            return _product(plan, primal_types, narrow)
        else:
            generated = _adjoint(plan.f, primal_types, plan.argnums, lift=second)
        generated.narrow = narrow
        if second:
            _refuse_float32(generated.program)
        refuse_no_float(generated.returned, plan.described)
        if plan.kind == "jacobian":
            rows = _jacobian(plan, generated, restoring.Restored(plan, argument_types))
            return _code([*rows.counted, *rows.swept], generated)._replace(rows=rows)
        if plan.kind == "hessian":
            lines = _hessian(plan, generated, restoring.Restored(plan, argument_types))
        elif plan.kind == "vjp":
            lines = _vjp(plan, generated, argument_types["w_bar_"])
        else:
            lines = _KINDS[plan.kind](plan, generated)
    except Unsupported as error:
        raise NotTaken(str(error)) from None
    return _code(lines, generated)


def _refuse_float32(program):
    """Refuse to run with Jets what converts a number that is differentiated to float32."""
    for s in walk(program.body):
        for n in (n for e in expressions(s) for n in ast.walk(e)):
            if isinstance(n, ast.Call) and n.rule == "pos":
                raise NotTaken("a number is converted to float32; use hvp, which takes it")


def _of_gradient(plan, argument_types):
    """Return the code of a gradient's derivative: the adjoint of f's tangent, as in `_along`."""
    kind = plan.f.made_of.kind if isinstance(plan.f, Driver) else ""
    sums = plan.kind in ("grad", "value_and_grad") and kind == "derivative"
    if nested(argument_types) or not (sums or (plan.kind == "vjp" and kind in _GRADIENTS)):
        raise NotTaken("a driver's own code: its derivatives are taken in forward mode")
    f, several = plan.f.made_of.f, isinstance(plan.f.made_of.argnums, tuple)
    argnums = plan.f.made_of.argnums if several else (plan.f.made_of.argnums,)
    primal_types, variables = types_seen(plan, argument_types), plan.parameters
    try:
        generated = _adjoint(f, primal_types, argnums, along=True, by=plan.argnums)
    except Unsupported as error:
        raise NotTaken(str(error)) from None
    generated.narrow = narrow_variables(plan, argument_types)
    refuse_no_scalar(generated.returned, plan.described)
    weights, check = ["1.0"], []
    if not sums:
        results = [primal_types[k] for k in argnums]
        check, weights = _seeds(argument_types["w_bar_"], results, several)
    along = [f"tangent_for({variables[k]}, {w})" for k, w in zip(argnums, weights, strict=True)]
    lines = [*check, f"bars_ = {_call(plan, generated, [*along, '1.0'])}[1]"]
    if plan.kind == "grad":
        return _code([*lines, f"return {_bars(plan)}"], generated)
    restored = restoring.Restored(plan, argument_types)
    value = [*restored.again(), f"value_ = {plan.call(restored.copies)}"]
    last = f"return value_, {_bars(plan)}"
    return _code([*restored.before("True"), *lines, *value, last], generated)


def _adjoint(f, primal_types, argnums, **options):
    """Return the adjoint; if iterations of a prange loop share too much, for one thread."""
    given = f, primal_types, argnums
    try:
        return _well_formed(given, options)
    except Shared as error:
        generated = _well_formed(given, options | {"in_threads": False})
        generated.why = f"{getattr(generated, 'why', WHY)}; in one thread: {error}"
        return generated


def _well_formed(given, options):
    """Return the adjoint with its optimisations; the plain one if that is not well formed."""
    try:
        return Generated(*given, **options)
    except NotWellFormed as error:
        if developing():
            raise
        generated = Generated(*given, **options | {"passes": frozenset()})
        generated.why = f"the plain adjoint of the function's source (internal error: {error})"
        return generated


def _code(lines, generated):
    why = getattr(generated, "why", "")
    namespace = generated.namespace | restoring.NAMES
    return Code(lines, namespace, generated.source + "\n\n", why=why)


def _product(plan, primal_types, narrow):
    """Return the code of hvp: the adjoint of the tangent; if it has none, that of f with Jets."""
    try:
        generated = _adjoint(plan.f, primal_types, plan.argnums, along=True)
        generated.narrow = narrow
        lines = _along(plan, generated)
    except Misuse:
        raise
    except Exception as error:
        if not isinstance(error, Unsupported) and developing():
            raise
        generated = _adjoint(plan.f, primal_types, plan.argnums, lift=True)
        generated.narrow = narrow
        lines = _hvp(plan, generated)
    return _code(lines, generated)


def _along(plan, generated):
    """Return the lines that call the adjoint of the tangent: H v, as the Hessian is symmetric."""
    _scalar(generated, plan)
    tangents = [f"tangent_for({v}, {d})" for v, d in zip(plan.variables, plan.extra, strict=True)]
    return [
        f"bars_ = {_call(plan, generated, [*tangents, '1.0'])}[1]",
        f"return {_bars(plan)}",
    ]


def narrow_variables(plan, argument_types):
    """Return the differentiated arguments of float32."""
    return {
        p
        for p in plan.variables
        if getattr(argument_types[p], "dtype", argument_types[p]) == types.float32
    }


def types_seen(plan, argument_types):
    """Return the types for which the function's source is lowered: floats in place of Jets."""
    narrow = narrow_variables(plan, argument_types)
    plain = {p: _plain(argument_types[p]) for p in plan.parameters}
    return [_wide(t) if p in narrow else t for p, t in plain.items()]


def _plain(t):
    """Return the type of an argument as the function sees it: floats for Jets."""
    if isinstance(t, types.Omitted):
        return types.unliteral(_typeof(t.value))
    t = types.unliteral(t)
    if isinstance(t, ActiveType):
        return types.float64
    if isinstance(t, types.Array) and isinstance(t.dtype, ActiveType):
        return types.Array(types.float64, t.ndim, t.layout)
    return t


def _wide(t):
    """Return float64, or arrays of it, for float32: derivatives are computed in float64.

    The order of an array's memory stays (`fastad.source.runtime.wide`): on it depends what is a
    view of it and what a copy.
    """
    if isinstance(t, types.Array):
        return types.Array(types.float64, t.ndim, t.layout)
    return types.float64


def _typeof(value):
    from numba import typeof

    return typeof(value)


def _scalar(generated, plan):
    refuse_no_scalar(generated.returned, plan.described)


def _call(plan, generated, seeds, replaced=None):
    wide = {p: f"wide({p})" for p in generated.narrow}
    given = [(wide | (replaced or {})).get(p, p) for p in plan.parameters]
    return f"{generated.name}({', '.join([*given, *seeds])})"


def _bars(plan, name="bars_"):
    return plan.tuple_of([f"{name}[{k}]" for k in range(len(plan.variables))])


def _grad(plan, generated):
    _scalar(generated, plan)
    return [f"bars_ = {_call(plan, generated, ['1.0'])}[1]", f"return {_bars(plan)}"]


def _value_and_grad(plan, generated):
    _scalar(generated, plan)
    return [f"value_, bars_ = {_call(plan, generated, ['1.0'])}", f"return value_, {_bars(plan)}"]


def _vjp(plan, generated, weights):
    """``weights`` is the type of the cotangent: a tuple or a vector if the result is a tuple."""
    several, results = generated.program.returns_tuple, generated.program.returned
    check, seeds = _seeds(weights, results if several else [results], several)
    call = _call(plan, generated, seeds)
    return [*check, f"value_, bars_ = {call}", f"return value_, {_bars(plan)}"]


def _seeds(weights, results, several):
    """Return lines that check a cotangent, and its parts, one for each of the results.

    What its type shows to be of another shape is refused here. The item of an array without axes
    is a number, as the result is that it belongs to.
    """
    parts, check = [weights], []
    if several:
        parts, check = _items(weights, results)
    for part, result in zip(parts, results, strict=True):
        refuse_other_shape(part, result)
    names = [f"w_bar_[{k}]" for k in range(len(parts))] if several else ["w_bar_"]
    alone = [isinstance(t, types.Array) and t.ndim == 0 for t in parts]
    return check, [f"{n}[()]" if a else n for n, a in zip(names, alone, strict=True)]


def _items(weights, results):
    """Return the types of a cotangent's items, one for each result, and lines that count them."""
    count = f"fastad: a cotangent must have as many items as the result, {len(results)}"
    check = []
    if isinstance(weights, types.BaseTuple):
        if len(weights) != len(results):
            raise Misuse(f"{count}; got {len(weights)}")
        parts = list(weights)
    elif isinstance(weights, types.Array) and weights.ndim == 1:
        parts = [weights.dtype] * len(results)
        check = [f"if w_bar_.size != {len(results)}:", f"    raise ValueError({count!r})"]
    else:
        raise Misuse(f"{count}: a tuple of them; got {weights}")
    return parts, check


def _hvp(plan, generated):
    _scalar(generated, plan)
    moved = {
        v: f"seed_along_({v}, {d}, base_)" for v, d in zip(plan.variables, plan.extra, strict=True)
    }
    parts = [f"tangent_of_(bars_[{k}], along_)" for k in range(len(plan.variables))]
    return [
        f"base_ = base_zero_(({', '.join(plan.everything)},))",
        "along_ = zero_jet_(base_, (base_,), (0.0,))",
        f"bars_ = {_call(plan, generated, ['1.0'], moved)}[1]",
        f"return {plan.tuple_of(parts)}",
    ]


def _jacobian(plan, generated, restored):
    """Return a `RowByRow`: a sweep for each item of the result."""
    n, p = len(plan.variables), generated.program
    array = isinstance(p.returned, types.Array)
    if array:
        value = [f"value_ = {plan.call(restored.copies)}", "seed_ = np.zeros(value_.shape)"]
        height, seeds = "value_.size", ["seed_"]
        rows, before, after = "value_", ["seed_.flat[k_] = 1.0"], ["seed_.flat[k_] = 0.0"]
    else:
        value, before, after = [], [], []
        if p.returns_tuple:
            refuse_tuple_of_arrays(p.returned)
            height = len(p.returned)
            seeds = [f"(1.0 if k_ == {k} else 0.0)" for k in range(height)]
            rows = f"({'0.0, ' * height})"
        else:
            height, seeds, rows = 1, ["1.0"], "0.0"
    blocks = plan.tuple_of(
        [
            f"block_(rows_, 0, height_, o_{i}, o_{i + 1}, shape_of_({rows}), shape_of_({v}))"
            for i, v in enumerate(plan.variables)
        ]
    )
    fill = [
        f"rows_[k_, o_{i}:o_{i + 1}] = "
        + (f"bars_[{i}].ravel()" if isinstance(p.types[x], types.Array) else f"bars_[{i}]")
        for i, x in enumerate(generated.inputs)
    ]
    counted = [
        *plan.offsets(),
        *restored.before(str(array or p.returns_tuple)),
        *value,
        f"height_ = {height}",
    ]
    swept = [
        f"base_ = base_zero_(({', '.join(plan.everything)},))",
        f"rows_ = empty_jacobian_(height_, o_{n}, zero_jet_(base_, (base_,), (0.0,)))",
        "for k_ in range(height_):",
        *indented(restored.again() if array else restored.again_if("k_ > 0")),
        *indented(before),
        f"    bars_ = {_call(plan, generated, seeds)}[1]",
        *indented([*after, *fill]),
        f"return {blocks}",
    ]
    return RowByRow(counted, swept, single=height == 1)


def _hessian(plan, generated, restored):
    """Return lines that run the adjoint's code with Jets: several columns in one sweep."""
    _scalar(generated, plan)
    n = len(plan.variables)
    seeds = {v: f"seed_unit_({v}, zero_, o_{i} - start_)" for i, v in enumerate(plan.variables)}
    fills = []
    for i in range(n):
        fills.append(f"items_ = flat_(bars_[{i}], zero_)")
        for j in range(n):
            part = f"matrix_[o_{i}:o_{i + 1}, o_{j}:o_{j + 1}]"
            fills.append(f"fill_({part}, items_, zero_, o_{j} - start_)")
    return [
        f"base_ = base_zero_(({', '.join(plan.everything)},))",
        f"zero_ = zero_jet_(base_, ({', '.join(plan.variables)},), {plan.template(CHUNK)})",
        *plan.offsets(),
        f"matrix_ = empty_jacobian_(o_{n}, o_{n}, zero_)",
        *restored.before(f"o_{n} > width_(zero_)"),
        "start_ = 0",
        f"while start_ < o_{n}:",
        *(f"    {line}" for line in restored.again_if("start_ > 0")),
        f"    bars_ = {_call(plan, generated, ['1.0'], seeds)}[1]",
        *(f"    {line}" for line in fills),
        "    start_ += width_(zero_)",
        f"for i_ in range(o_{n}):",  # exactly symmetric
        "    for j_ in range(i_):",
        "        matrix_[i_, j_] = matrix_[j_, i_]",
        f"return {plan.blocks('matrix_')}",
    ]


def _jvp(plan, generated):
    return [f"return {_call(plan, generated, plan.extra)}"]


def _derivative(plan, generated):
    return [f"return {_call(plan, generated, ['1.0'])}[1]"]


_GRADIENTS = ("grad", "derivative")
_ALONG = {"jvp": _jvp, "derivative": _derivative}
_KINDS = _ALONG | {"grad": _grad, "value_and_grad": _value_and_grad, "hvp": _hvp}

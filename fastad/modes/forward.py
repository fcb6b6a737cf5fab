"""Forward mode: the source of drivers that compute with Jets.

Seed the arguments, call f in windows of variables, read the derivatives.  The gradient in
n variables takes ``ceil(n / chunk_size)`` passes over f; a product J v takes one.
"""

from . import restoring, seeding
from .request import CHUNK, CHUNK_HESSIAN, Code

NAME = "forward"


def generate(plan, argument_types):
    """Return the code of a driver for some types of its arguments.

    Parameters
    ----------
    plan : Plan
    argument_types : dict of str to numba type
        For each of the plan's parameters and extra ones.

    Returns
    -------
    Code

    Raises
    ------
    NotTaken
        With the reason, if this mode cannot differentiate the function.
    """
    lines = _KINDS[plan.kind](plan, restoring.Restored(plan, argument_types))
    return Code(lines, {f"{k}_": v for k, v in seeding.NAMES.items()} | restoring.NAMES)


# ---- Parts ----


def _sweep(plan, restored, use, variables=None):
    """Return lines that run f over all windows of variables and ``use`` each result."""
    count = f"o_{len(plan.variables)}"
    seeds = {
        v: f"seed_unit_({(variables or plan.variables)[i]}, zero_, o_{i} - start_)"
        for i, v in enumerate(plan.variables)
    }
    return [
        *restored.before(f"{count} > width_(zero_)"),
        "start_ = 0",
        "while True:",
        *(f"    {line}" for line in restored.again_if("start_ > 0")),
        f"    result_ = {plan.call(seeds)}",
        *(f"    {line}" for line in use),
        "    start_ += width_(zero_)",
        f"    if start_ >= {count}:",
        "        break",
    ]


def _gathers(plan, result="result_"):
    """Return lines that collect a scalar result's partials into the cotangents."""
    return [
        f"{v}_bars_ = gather_({v}_bars_, {result}, zero_, o_{i} - start_)"
        for i, v in enumerate(plan.variables)
    ]


def _prologue(plan):
    """Return lines that name the base, the Jet and the offsets."""
    return [
        f"base_ = base_zero_(({', '.join(plan.everything)},))",
        f"zero_ = zero_jet_(base_, ({', '.join(plan.variables)},), {plan.template(CHUNK)})",
        *plan.offsets(),
    ]


def _cotangents(plan, base="base_"):
    """Return lines that make the arrays, or numbers, for the gradient."""
    return [f"{v}_bars_ = cotangent_({v}, {base})" for v in plan.variables]


def _gradient(plan, restored):
    """Return lines that compute the gradient by all variables."""
    use = [plan.refuse("scalar", "result_"), *_gathers(plan)]
    return [*_prologue(plan), *_cotangents(plan), *_sweep(plan, restored, use)]


def _along(plan):
    """Return the source of each argument with its tangent."""
    return [
        f"seed_along_({v}, {d}, base_)" for v, d in zip(plan.variables, plan.extra, strict=True)
    ]


# ---- The drivers ----


def _derivative(plan, restored):
    x = plan.variables[0]
    return [
        f"base_ = base_zero_(({', '.join(plan.everything)},))",
        f"zero_ = zero_jet_(base_, ({x},), (0.0,))",
        f"result_ = {plan.call({x: f'seed_unit_({x}, zero_, 0)'})}",
        plan.refuse("float", "result_"),
        "return tangent_of_(result_, zero_)",
    ]


def _grad(plan, restored):
    bars = plan.tuple_of([f"{v}_bars_" for v in plan.variables])
    return [*_gradient(plan, restored), f"return {bars}"]


def _value_and_grad(plan, restored):
    bars = plan.tuple_of([f"{v}_bars_" for v in plan.variables])
    return [*_gradient(plan, restored), f"return value_of_(result_, zero_), {bars}"]


def _jvp(plan, restored):
    seeds = dict(zip(plan.variables, _along(plan), strict=True))
    return [
        f"base_ = base_zero_(({', '.join(plan.everything)},))",
        "zero_ = zero_jet_(base_, (base_,), (0.0,))",
        f"result_ = {plan.call(seeds)}",
        plan.refuse("float", "result_"),
        "return value_of_(result_, zero_), tangent_of_(result_, zero_)",
    ]


def _vjp(plan, restored):
    bars = plan.tuple_of([f"{v}_bars_" for v in plan.variables])
    use = [
        plan.refuse("float", "result_"),
        "weighted_ = weigh_(result_, w_bar_)",
        *_gathers(plan, "weighted_"),
    ]
    return [
        *_prologue(plan),
        *_cotangents(plan),
        *_sweep(plan, restored, use),
        f"return value_of_(result_, zero_), {bars}",
    ]


def _jacobian(plan, restored):
    make = [
        f"{v}_jacobian_ = empty_jacobian_(items_.size, count_({v}), zero_)" for v in plan.variables
    ]
    use = [
        plan.refuse("float", "result_"),
        "items_ = flat_(result_, zero_)",
        "if start_ == 0:",
        *(f"    {line}" for line in make),
        *(
            f"fill_({v}_jacobian_, items_, zero_, o_{i} - start_)"
            for i, v in enumerate(plan.variables)
        ),
    ]
    shapes = [f"shape_of_(result_), shape_of_({v})" for v in plan.variables]
    shaped = plan.tuple_of(
        [
            f"block_({v}_jacobian_, 0, items_.size, 0, count_({v}), {shape})"
            for v, shape in zip(plan.variables, shapes, strict=True)
        ]
    )
    return [*_prologue(plan), *_sweep(plan, restored, use), f"return {shaped}"]


def _hessian(plan, restored):
    seeds = {
        v: f"seed_unit_(seed_unit_({v}, inner_, o_{i} - i_), outer_, o_{i} - j_)"
        for i, v in enumerate(plan.variables)
    }
    n, variables = f"o_{len(plan.variables)}", f"({', '.join(plan.variables)},)"
    template = plan.template(CHUNK_HESSIAN)
    return [
        f"base_ = base_zero_(({', '.join(plan.everything)},))",
        f"inner_ = zero_jet_(base_, {variables}, {template})",
        f"outer_ = zero_jet_(inner_, {variables}, {template})",
        *plan.offsets(),
        f"hessian_ = empty_jacobian_({n}, {n}, inner_)",
        "hessian_[:] = base_",
        *restored.before(f"{n} > width_(inner_)"),
        "j_ = 0",
        f"while j_ < {n}:",
        "    i_ = 0",
        "    while i_ <= j_:",
        *(f"        {line}" for line in restored.again_if("j_ > 0")),
        f"        result_ = {plan.call(seeds)}",
        f"        {plan.refuse('scalar', 'result_')}",
        "        fill_block_(hessian_, result_, inner_, outer_, i_, j_)",
        "        i_ += width_(inner_)",
        "    j_ += width_(inner_)",
        f"return {plan.blocks('hessian_')}",
    ]


def _hvp(plan, restored):
    moved = [f"{v}_moved_" for v in plan.variables]
    bars = plan.tuple_of([f"tangent_of_({v}_bars_, along_)" for v in plan.variables])
    use = [plan.refuse("scalar", "result_"), *_gathers(plan)]
    return [
        f"base_ = base_zero_(({', '.join(plan.everything)},))",
        "along_ = zero_jet_(base_, (base_,), (0.0,))",
        *(f"{m} = {seed}" for m, seed in zip(moved, _along(plan), strict=True)),
        f"zero_ = zero_jet_(along_, ({', '.join(plan.variables)},), {plan.template(CHUNK)})",
        *plan.offsets(),
        *_cotangents(plan, "along_"),
        *_sweep(plan, restored, use, moved),
        f"return {bars}",
    ]


_KINDS = {
    "derivative": _derivative,
    "grad": _grad,
    "value_and_grad": _value_and_grad,
    "jvp": _jvp,
    "vjp": _vjp,
    "jacobian": _jacobian,
    "hessian": _hessian,
    "hvp": _hvp,
}

"""Reverse mode by a tape: the source of drivers that record f, and sweep backwards.

A gradient costs one recording and one sweep whatever the number of variables.  Second
derivatives are forward over reverse: a direction flows through recording and sweep.
"""

import numpy as np

from . import restoring, seeding, tape_runtime
from .request import Code, NotTaken, nested

NAME = "tape"


def generate(plan, argument_types):
    """Return the code of a driver for some types of its arguments; see `fastad.modes.forward`."""
    if plan.kind not in _KINDS:
        raise NotTaken("the derivative along one direction needs no sweep: use forward mode")
    if nested(argument_types):
        raise NotTaken("a tape records floats; within another derivative use forward mode")
    if plan.kind == "hessian":
        lines = _hessian(plan, restoring.Restored(plan, argument_types))
    else:
        lines = _KINDS[plan.kind](plan)
    return Code(lines, NAMESPACE)


NAMESPACE = {f"{k}_": v for k, v in (seeding.NAMES | tape_runtime.NAMES).items()} | {
    "np_empty_": np.empty,
    **restoring.NAMES,
}


# ---- Parts ----


def record(plan):
    """Return lines that run f on a new tape."""
    seeds = {v: f"declare_(tape_, {v})" for v in plan.variables}
    return [*_open(plan), *_declared(plan, seeds)]


def _open(plan):
    return [*plan.offsets(), "tape_ = Tape_()", "control_ = tape_.control"]


def _declared(plan, seeds):
    """Return lines that declare the variables, in order, and call f with them."""
    lines = [f"{v}_var_ = {seed}" for v, seed in seeds.items()]
    return [*lines, f"taped_ = {plan.call({v: f'{v}_var_' for v in seeds})}"]


def _parts(plan, gradient):
    return plan.tuple_of([f"part_({gradient}, {v}, o_{i})" for i, v in enumerate(plan.variables)])


def _scalar(plan):
    return plan.refuse("scalar", "taped_")


# ---- The drivers ----


def _grad(plan):
    return [
        *record(plan),
        _scalar(plan),
        "gradient_ = tape_.gradient(push_(taped_))",
        "release_(control_)",
        f"return {_parts(plan, 'gradient_')}",
    ]


def _value_and_grad(plan):
    *lines, last = _grad(plan)
    return [*lines, last.replace("return ", "return plain_(taped_), ")]


def _vjp(plan):
    return [
        *record(plan),
        plan.refuse("float", "taped_"),
        "gradient_ = tape_.gradient(push_(weigh_(taped_, w_bar_)))",
        "release_(control_)",
        f"return plain_(taped_), {_parts(plan, 'gradient_')}",
    ]


def _jacobian(plan):
    return [*record(plan), *sweeps(plan)]


def sweeps(plan):
    """Return lines that sweep once for each item of the recorded result."""
    n = len(plan.variables)
    blocks = plan.tuple_of(
        [
            f"block_(rows_, 0, rows_.shape[0], o_{i}, o_{i + 1}, shape_of_(taped_), shape_of_({v}))"
            for i, v in enumerate(plan.variables)
        ]
    )
    return [
        plan.refuse("float", "taped_"),
        "outputs_ = listed_(taped_)",
        f"rows_ = np_empty_((outputs_.size, o_{n}))",
        "for k_ in range(outputs_.size):",
        "    put_row_(rows_, k_, tape_.gradient(outputs_[k_]), 0)",
        "release_(control_)",
        f"return {blocks}",
    ]


def _hessian(plan, restored):
    n = f"o_{len(plan.variables)}"
    seeds = {
        v: f"declare_along_(tape_, {v}, unit_like_({v}, k_ - o_{i}))"
        for i, v in enumerate(plan.variables)
    }
    return [
        *_open(plan),
        f"rows_ = np_empty_(({n}, {n}))",
        *restored.before(f"{n} > 1"),
        f"for k_ in range({n}):",
        *(f"    {line}" for line in restored.again_if("k_ > 0")),
        "    tape_.reset()",
        *(f"    {line}" for line in _declared(plan, seeds)),
        f"    {_scalar(plan)}",
        "    put_row_(rows_, k_, tape_.hvp(push_(taped_))[1], k_)",
        "release_(control_)",
        "mirror_(rows_)",
        f"return {plan.blocks('rows_')}",
    ]


def _hvp(plan):
    seeds = {
        v: f"declare_along_(tape_, {v}, {d})"
        for v, d in zip(plan.variables, plan.extra, strict=True)
    }
    return [
        *_open(plan),
        *_declared(plan, seeds),
        _scalar(plan),
        "product_ = tape_.hvp(push_(taped_))[1]",
        "release_(control_)",
        f"return {_parts(plan, 'product_')}",
    ]


_KINDS = {
    "grad": _grad,
    "value_and_grad": _value_and_grad,
    "vjp": _vjp,
    "jacobian": _jacobian,
    "hessian": _hessian,
    "hvp": _hvp,
}

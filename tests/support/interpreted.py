"""Generated adjoint code run by the interpreter: to try thousands of programs without a compiler.

The source is what `fastad` compiles.  What it calls and only Numba knows (the stacks that
grow, the adjoints of whole arrays) is written here once more, by NumPy.
"""

import re

import numpy as np
from numba import typeof

from fastad.rules import primals
from fastad.rules.partials import CONSTANTS
from fastad.rules.table import BY_NAME
from fastad.source.emit.adjoint_function import Generated
from fastad.source.emit.tangent_function import GeneratedTangent


def _divide(x, y):
    with np.errstate(all="ignore"):
        return np.float64(x) / np.float64(y)


def _room(stack, top, n):
    if top + n <= stack.size:
        return stack
    longer = np.zeros(2 * stack.size + n, stack.dtype)
    longer[:top] = stack[:top]
    return longer


def _put(kept, place, x):
    kept.extend([x] * (place + 1 - len(kept)))
    kept[place] = x.copy(order="K")


def _zeros_for(x):
    return np.zeros_like(x, float) if isinstance(x, np.ndarray) else 0.0


def _added(bar, part):
    if part is not None:
        bar += part  # in place, where it is an array
    return bar


def _scale(a, b):
    return 0.0 if b == 0 else a * b


def _weigh(a, b):
    return 0.0 if a == 0 else a * b


def _select(a, b):
    return 0.0 if a == 0 or b == 0 else a * b


def _reduce_to(shape, items):
    """Sum items over the axes along which an array of this shape was broadcast."""
    items = np.asarray(items)
    while items.ndim > len(shape):
        items = items.sum(axis=0)
    for axis, n in enumerate(shape):
        if n == 1 and items.shape[axis] != 1:
            items = items.sum(axis=axis, keepdims=True)
    return items


def _elementwise(rule, position):
    """Return the adjoint of one argument of an elementwise operation."""
    names = [*"xy"[: rule.arity], "r"]
    scope = primals.interpreter_namespace() | CONSTANTS | {"divide": _divide}
    partial = eval(f"lambda {', '.join(names)}: {rule.partials[position]}", scope)

    def pull(bar, r_bar, *given):
        b, *values = np.broadcast_arrays(r_bar, *given)
        share = np.zeros(b.shape)
        for index in np.ndindex(b.shape):
            share[index] = _scale(float(partial(*(float(v[index]) for v in values))), b[index])
        if not isinstance(bar, np.ndarray):
            return bar + share.sum()
        bar += _reduce_to(bar.shape, share)
        return bar

    return pull


def _pull_copy(bar, r_bar, k, x, r):
    bar += r_bar


def _pull_in_order(bar, r_bar, *_):
    bar += np.asarray(r_bar).ravel().reshape(bar.shape)


def _pull_full(bar, r_bar, *_):
    return bar + r_bar.sum()


def _pull_where(bar, r_bar, k, condition, x, y, r):
    share = np.where(np.broadcast_to(condition, r_bar.shape) == (k == 1), r_bar, 0.0)
    if not isinstance(bar, np.ndarray):
        return bar + share.sum()
    bar += _reduce_to(bar.shape, share)
    return bar


def _pull_sum(bar, r_bar, k, x, axis, r):
    bar += np.expand_dims(r_bar, axis)


def _pull_extreme(bar, r_bar, k, x, r):
    tied = x == r
    bar += tied * (r_bar / tied.sum())


def _pull_vdot(bar, r_bar, k, x, y, r):
    bar += r_bar * (y if k == 0 else x)


def _pull_taken(bar, r_bar, index):
    np.add.at(bar, index, r_bar)


PULLS = {
    "taken": _pull_taken,
    "copy": _pull_copy,
    **dict.fromkeys(("flatten", "ravel", "reshape"), _pull_in_order),
    **dict.fromkeys(("full", "full_like"), _pull_full),
    "where": _pull_where,
    "sum": _pull_sum,
    "amin": _pull_extreme,
    "amax": _pull_extreme,
    "vdot": _pull_vdot,
}


def _pushed(rule, moving):
    """Return the tangent of an elementwise operation."""
    names = [*"xy"[: rule.arity], "r"]
    scope = primals.interpreter_namespace() | CONSTANTS | {"divide": _divide}
    partials = [eval(f"lambda {', '.join(names)}: {rule.partials[k]}", scope) for k in moving]

    def push(*given):
        values, dots = given[: rule.arity + 1], given[rule.arity + 1 :]
        *values, r = np.broadcast_arrays(*values)
        dots = [np.broadcast_to(d, r.shape) for d in dots]
        out = np.zeros(r.shape)
        for index in np.ndindex(r.shape):
            at = [float(v[index]) for v in (*values, r)]
            for partial, dot in zip(partials, dots, strict=True):
                out[index] += _scale(float(partial(*at)), dot[index])
        return out

    return push


def _push_extreme(x, r, x_dot):
    return x_dot[x == r].sum() / (x == r).sum()


def _assign(target, value):
    target[...] = value


def _add_into(target, value):
    target[...] += value


def _namespace(generated):
    names = dict(generated.namespace)
    plain = primals.interpreter_namespace()
    names |= {f"{k}_": f for k, f in plain.items()}
    names |= {
        "room": _room,
        "last_of": list.pop,
        "put": _put,
        "assign": _assign,
        "add_into": _add_into,
        "new_stack": lambda base, n: np.zeros(n),
        "zeros_for": lambda x, base: _zeros_for(x),
        "copy_of": lambda x: x.copy(order="K"),
        "added": _added,
        "nonzero": lambda x: x != 0.0,
        "lifted": lambda x, base: x,
        "fitting": lambda w, bar: w,
        "base_zero": lambda arguments: 0.0,
        "scale": _scale,
        "weigh": _weigh,
        "select": _select,
        "divide": _divide,
        "separate": lambda *names, **options: lambda f: f,
        "sweeping": lambda *names, **options: lambda f: f,
        "in_parallel": lambda *names, **options: lambda f: f,
        "saved_for": lambda x, n: np.zeros((n, *x.shape), x.dtype),
        "tangent_for": lambda x, x_dot: _zeros_for(x) + x_dot,
    }
    for name, function in generated.namespace.items():
        known_as = getattr(function, "__name__", "")  # the program may have a variable pull_sum
        found = re.fullmatch(r"pull_(\w+)_([xy])", known_as)
        if found and found[1] in BY_NAME:
            names[name] = _elementwise(BY_NAME[found[1]], "xy".index(found[2]))
        elif known_as.startswith("pull_") and known_as[5:] in PULLS:
            names[name] = PULLS[known_as[5:]]
        found = re.fullmatch(r"push_(\w+)_([xy]+)", known_as)
        if found and found[1] in BY_NAME:
            names[name] = _pushed(BY_NAME[found[1]], ["xy".index(letter) for letter in found[2]])
        elif known_as == "push_extreme":
            names[name] = _push_extreme
    return names


def value_and_grad(f, arguments, argnums, seeds=None):
    """Return a function's results and cotangents by its generated code, interpreted.

    The seeds, the results' own cotangents, are 1 where they are left out.

    Raises
    ------
    fastad.source.ir.statements.Unsupported
        Where the function is refused.
    """
    generated = Generated(f, [typeof(a) for a in arguments], argnums)
    return _run(generated, [*arguments, *(seeds or [1.0] * len(generated.cotangents))])


def value_and_tangent(f, arguments, argnums, tangents):
    """Return a function's value and tangent by its generated code, interpreted."""
    generated = GeneratedTangent(f, [typeof(a) for a in arguments], argnums)
    return _run(generated, [*arguments, *tangents])


def hessian_product(f, arguments, argnums, tangents):
    """Return the Hessian times a direction by the adjoint of the tangent, interpreted."""
    generated = Generated(f, [typeof(a) for a in arguments], argnums, along=True)
    (_, bars), source = _run(generated, [*arguments, *tangents, 1.0])
    return bars, source


def executable(generated, **replaced):
    """Return a generated function, to be run by the interpreter; with some globals replaced."""
    names = _namespace(generated) | replaced
    exec(compile(generated.source, f"<{generated.name}>", "exec"), names)
    return names[generated.name]


def _run(generated, given):
    with np.errstate(all="ignore"):
        return executable(generated)(*given), generated.source

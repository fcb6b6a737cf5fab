"""What a driver says of itself: its documentation, its signature, how it is printed.

Nothing is compiled, or generated, for it: what is said of types waits for the first call.
"""

import inspect
from html import escape

from ..jit.fingerprint import python_function
from .replayed import KINDS as REPLAYED

_MADE = {
    "derivative": "derivative of {f} by {by}",
    "grad": "gradient of {f} by {by}",
    "value_and_grad": "value of {f} and its gradient by {by}",
    "jvp": "value of {f} and its derivative by {by} along a tangent",
    "vjp": "value of {f} and a cotangent times its Jacobian by {by}",
    "jacobian": "Jacobian of {f} by {by}",
    "hessian": "Hessian of {f} by {by}",
    "hvp": "product of the Hessian of {f} by {by} with a vector",
} | dict.fromkeys(REPLAYED, "value of {f} and its gradient by {by}, from a recording")
_RETURNED = {
    "derivative": "The derivative, in the shape of the result of {f}.",
    "grad": "The gradient, in the shape of {by}.",
    "value_and_grad": "The value, a float, and the gradient, in the shape of {by}.",
    "jvp": "The value and its tangent, both in the shape of the result of {f}.",
    "vjp": "The value, and the cotangent of {by} in the shape of {by}.",
    "jacobian": "Of the shape of the result of {f}, and then that of {by}.",
    "hessian": "Of the shape of {by} twice.",
    "hvp": "The product, in the shape of {by}.",
} | dict.fromkeys(REPLAYED, "The value, a float, and the gradient, in the shape of {by}.")
_EXTRA = {"jvp": "tangent", "hvp": "vector", "vjp": "cotangent"}


def describe(plan):
    """Give the driver of a plan its ``__doc__`` and ``__signature__``."""
    plan.driver.__signature__ = signature_of(plan)
    plan.driver.__doc__ = documentation(plan)


def extra_names(plan):
    """Return the names under which tangents, vectors or the cotangent are shown.

    They are passed by position; the driver's own names for them are no user's names.
    """
    word = _EXTRA.get(plan.kind)
    if plan.kind == "vjp":
        wanted = [word]
    else:
        wanted = [f"{v}_{word}" for v in plan.variables] if word else []
    found = []
    for name in wanted:
        while name in (*plan.parameters, *found):
            name += "_"
        found.append(name)
    return found


def signature_of(plan):
    """Return the signature of a driver: the function's, and tangents or the cotangent."""
    own = [*inspect.signature(plan.driver.py_func).parameters.values()]
    extra, first = extra_names(plan), ["tape"] * len(plan.first)
    if not extra and not first:
        return inspect.Signature(own)
    middle = own[len(first) : len(own) - len(extra)]
    kind = inspect.Parameter.POSITIONAL_ONLY
    if any(p.kind == p.VAR_POSITIONAL for p in middle):
        return inspect.Signature([*(inspect.Parameter(n, kind) for n in first), *middle])
    named = [p.replace(kind=kind) for p in middle]
    return inspect.Signature(
        [inspect.Parameter(n, kind) for n in first]
        + named
        + [inspect.Parameter(n, kind) for n in extra]
    )


def documentation(plan):
    """Return the documentation of a driver."""
    words = {"f": plan.name, "by": _by(plan)}
    lines = [f"Return the {_MADE[plan.kind].format(**words)}.", ""]
    told = first_line(plan.written)
    if told:
        lines += [f"{plan.name}: {told}", ""]
    lines += ["Parameters", "----------"]
    if plan.first:
        lines += ["tape : fastad.ReplayTape", "    Records f when it is first called."]
    for p in plan.parameters:
        name = f"*{p}" if p == plan.rest else p
        moves = (
            "float" if plan.kind == "derivative" else "float, array of floats, or tuple of these"
        )
        kept = f"passed on to {plan.name} as it is"
        lines.append(f"{name} : {f'{moves}; a variable' if p in plan.variables else kept}")
    for name, v in zip(extra_names(plan), plan.variables, strict=False):
        of = f"the result of {plan.name}" if plan.kind == "vjp" else v
        lines.append(f"{name} : in the shape of {of}")
    lines += ["", "Returns", "-------", _RETURNED[plan.kind].format(**words)]
    if len(plan.variables) > 1 or not plan.single:
        lines.append(
            "Of several arguments a tuple"
            + (" of tuples of blocks." if plan.kind == "hessian" else ", one for each.")
        )
    lines += ["", f"An @njit function, made by {_maker(plan)}: ``.mode`` and ``.why`` tell how it"]
    lines += ["computes, ``print(g.source)`` shows its code, once it has been called.", ""]
    return "\n".join(lines)


def _maker(plan):
    return f"fastad.{plan.kind.removesuffix('_strictly')}"


def _by(plan):
    names = plan.variables
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def first_line(f):
    """Return the first line of the documentation of a function, or an empty text."""
    told = python_function(f).__doc__
    return inspect.cleandoc(told).partition("\n")[0] if told and told.strip() else ""


def line(plan):
    """Return a driver in one line: what it is of, by what, and how it computes.

    Examples
    --------
    >>> import fastad
    >>> fastad.grad(lambda x, a: a * x * x)
    <gradient of f by x: mode auto, not called yet>
    """
    what = _MADE[plan.kind].format(f=plan.name, by=_by(plan))
    return f"<{what}: {_how(plan.driver)}>"


def _how(driver):
    if not driver.signatures:
        return f"mode {driver.mode}, not called yet"
    return f"mode {driver.mode} ({driver.why})"


def table(plan):
    """Return a driver as a small table of HTML."""
    driver = plan.driver
    rows = [
        ("driver", f"{_maker(plan)}: {_MADE[plan.kind].format(f=plan.name, by=_by(plan))}"),
        ("call", f"{driver.__name__}{signature_of(plan)}"),
        ("mode", driver.mode),
        ("why", driver.why),
    ]
    told = first_line(plan.written)
    if told:
        rows.insert(1, (plan.name, told))
    cells = "".join(
        f'<tr><th style="text-align: left; padding-right: 14px">{escape(name)}</th>'
        f'<td style="text-align: left">{escape(text)}</td></tr>'
        for name, text in rows
    )
    return f"<table>{cells}</table>"

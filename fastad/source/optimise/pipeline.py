"""The optimisations of generated adjoints, by name: any can be left out.

The plain adjoint stores whatever its way back needs, and is always right.  Each pass below is an
exception to it, with the condition under which it is legal.  The environment variable
``FASTAD_PASSES`` says which are made: all (where it is not set), ``none``, a list of names
(``extremes,recompute``), or all but some (``-extremes``).  Results never depend on it.
"""

import os

# name -> (what it does, when it is legal)
PASSES = {
    "both_sweeps": (
        "a loop that carries only sums runs forward and backward iteration by iteration",
        "an iteration writes each variable before it reads it, or only adds to it; it wrote each "
        "item of a scratch array that it reads (`array_coverage`); none writes what another wrote "
        "(`loop_facts.items_apart`: the loop's variable, never negative, is the index of an axis)",
    ),
    "one_pass": (
        "what follows such a loop is reversed before it: value and gradient in one pass over data",
        "the reverse of what follows reads nothing that the loop makes, nor anything kept by what "
        "depends on the loop, which runs after it",
    ),
    "recompute": (
        "the way back through an iteration computes what is cheap again, instead of keeping it",
        "as both_sweeps; what runs again reads nothing that was changed since, or that was kept",
    ),
    "extremes": (
        "of a running minimum or maximum only the iterations that changed it are reversed",
        "the loop carries that one variable, by one statement `v = min(v, term)`; an iteration "
        "that did not change it passes no cotangent on",
    ),
    "any_order": (
        "iterations are reversed in their own order, so that memory is read forward",
        "each iteration stores into items of its own (as both_sweeps), or does no more than add; "
        "what it keeps has a place by the iteration's number, not on top of a stack",
    ),
    "counters": (
        "an integer that moves by a known step is counted back, not kept",
        "integers add up exactly; what the step reads, items of arrays too, is as it was",
    ),
    "recursion": (
        "a function that calls itself returns its value and carries its cotangent in one call",
        "the cotangent of each call's result is known before the call, and no sum, whose cotangent "
        "is the seed, is an argument of one (`joint`)",
    ),
    "elementwise": (
        "several elementwise operations on arrays make one array, and their adjoint one loop",
        "the operands are read where the statement stands; only items at one place meet",
    ),
    "allocations": (
        "arrays that each iteration makes anew are made once before the loop, and filled again",
        "their shapes do not depend on the iteration; nothing keeps them beyond it; the loop runs",
    ),
    "private_adjoints": (
        "adjoints of arrays that only an iteration knows are made on the way back",
        "nothing outside the block reads the array, or what is a part of it",
    ),
    "stack_bounds": (
        "room on the stacks is made once, before the loops",
        "the number of values that the loops keep is bounded, by intervals of their bounds, by "
        "what is known before them",
    ),
    "dead_values": (
        "in a Hessian product, what only the value and the first derivative need is not computed",
        "neither the way back nor what it reads is made from it, and its computing cannot raise",
    ),
    "no_alias": (
        "loops are functions of their own, whose arrays do not overlap for the compiler",
        "no two arrays given to the function are parts of one memory",
    ),
    "unsigned": (
        "indices that are never negative are not tested for it",
        "every definition is a sum, product or quotient of such, an extent, or a loop's variable",
    ),
}

NAMES = tuple(PASSES)


def chosen():
    """Return the set of passes to be made, as ``FASTAD_PASSES`` says.

    Raises
    ------
    ValueError
        If it names what is no pass.
    """
    said = os.environ.get("FASTAD_PASSES", "all").strip()
    if said in ("", "all"):
        return frozenset(NAMES)
    if said == "none":
        return frozenset()
    names = [n.strip() for n in said.split(",") if n.strip()]
    unknown = [n for n in names if n.lstrip("-") not in PASSES]
    if unknown or len({n.startswith("-") for n in names}) > 1:
        raise ValueError(
            f"FASTAD_PASSES must be all, none, or names with a comma between (or -name, all but "
            f"those) of {', '.join(NAMES)}; got {said!r}"
        )
    left_out = frozenset(n[1:] for n in names if n.startswith("-"))
    return frozenset(NAMES) - left_out if left_out else frozenset(names)

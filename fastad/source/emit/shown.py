"""What an optimisation changes in a generated adjoint, for docstrings and people."""

import difflib

from numba import typeof

from .adjoint_function import Generated


def change_by(name, f, *arguments, argnums=(0,), along=False, beside="", about=""):
    """Return the lines that an optimisation removes from a function's adjoint, and those it adds.

    Parameters
    ----------
    name : str
        Of the optimisation.
    f : function
    *arguments
        Values of the types for which the adjoint is generated.
    argnums : tuple of int, default=(0,)
        By which of them f is differentiated.
    along : bool, default=False
        Whether the adjoint is that of the tangent, for a Hessian product.
    beside : str
        Other optimisations that are made in both cases, with commas between.
    about : str
        Show only lines that contain one of these pieces of text, with commas between.

    Returns
    -------
    str
        Lines that begin with "-" or "+".
    """
    given, others = [typeof(a) for a in arguments], {*beside.split(",")} - {""}
    before, after = (
        Generated(f, given, argnums, along=along, passes=chosen).source.splitlines()
        for chosen in (others, others | {name})
    )
    changes = difflib.unified_diff(before, after, lineterm="", n=0)
    lines = [line for line in changes if not line.startswith(("---", "+++", "@@"))]
    words = about.split(",")
    return "\n".join(line for line in lines if line[1:].strip() and any(w in line for w in words))

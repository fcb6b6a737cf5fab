"""The source of loops over all items of arrays that broadcast against each other."""

from numba.core import types

from ..rules.codegen import indented


def items_of(given, ndim):
    """Return what reads the item of each array at the indices ``i0, i1, ...`` of a result.

    Parameters
    ----------
    given : dict of str to numba type
        Arrays and numbers by name, in the order in which their steps are found.
    ndim : int
        Number of axes of the result.

    Returns
    -------
    steps : list of str
        Lines that find along which axes an array has one item for all.
    items : dict of str to str
        The source of the item by the name; of a number the name itself.

    Examples
    --------
    >>> items_of({"x": types.float64[:], "y": types.float64}, 2)
    (['x_0 = 0 if x.shape[0] == 1 else 1'], {'x': 'x[i1 * x_0]', 'y': 'y'})
    """
    steps, items = [], {}
    for name, t in given.items():
        if not isinstance(t, types.Array):
            items[name] = name
            continue
        axes = range(t.ndim)
        steps += [f"{name}_{axis} = 0 if {name}.shape[{axis}] == 1 else 1" for axis in axes]
        index = ", ".join(f"i{ndim - t.ndim + axis} * {name}_{axis}" for axis in axes)
        items[name] = f"{name}[{index}]"
    return steps, items


def over_all(name, ndim, body):
    """Return the lines of loops with the counters ``i0, i1, ...`` over the items of an array."""
    for axis in reversed(range(ndim)):
        body = [f"for i{axis} in range({name}.shape[{axis}]):", *indented(body)]
    return body

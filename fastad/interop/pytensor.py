"""PyTensor, and so PyMC: an @njit function as an Op, with gradient and Numba dispatch.

An Op computes with what PyTensor hands it, or in Numba mode is compiled into PyTensor's own Numba
function, with the function itself, or its driver, called in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from .border import Bridge, as_array, native, native_type

try:
    import pytensor.tensor as pt
    from pytensor.gradient import DisconnectedType, grad_undefined
    from pytensor.graph.basic import Apply, Constant
    from pytensor.graph.op import Op
    from pytensor.link.numba.dispatch import numba_funcify
except ImportError as error:
    raise ImportError(
        f"to_pytensor needs PyTensor ({error}): pip install 'fastgmm[pytensor]'"
    ) from error

__all__ = ["to_pytensor"]


def to_pytensor(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of PyTensor variables that calls an @njit function, and has its gradient.

    Parameters
    ----------
    f : callable
        A plain Python or @njit function of numbers and arrays that returns a float, an array of
        floats or a tuple of floats (which becomes a vector).

    Returns
    -------
    callable
        ``g(*args)``, of PyTensor variables, arrays and numbers; it returns a tensor variable.  What
        has no dimensions is passed on as a number.  In a PyMC model: ``pm.Potential("p", g(...))``.

    Raises
    ------
    ImportError
        If PyTensor is missing.
    TypeError
        If f is no function; when g is called: for wrong arguments, and for a result of another
        kind.  When the gradient is compiled or computed: where fastad does not take f, in its
        words.
    NotImplementedError
        When a second derivative is asked for and f returns an array, or a third.

    Notes
    -----
    f computes in float64.  The result is float32 where no float among the arguments is wider, and
    float64 else.  Second derivatives of an f that returns a float (``pytensor.gradient.hessian``)
    are Hessian products.

    Derivatives are computed by every float among the arguments that is no constant.  Give data as
    arrays or constants, then: a shared variable costs the derivatives by it.  Integers and truth
    values are not connected with the result; ``grad`` by a constant is refused.

    With ``mode="NUMBA"`` no Python runs in between; in the other modes the compiled function is
    called from Python, and no C code is made of it.  PyTensor keeps no code of such a graph on
    disk; fastad keeps that of its drivers.

    Examples
    --------
    >>> import numpy as np, pytensor, pytensor.tensor as pt
    >>> from numba import njit
    >>> from fastad.interop import to_pytensor
    >>> @njit
    ... def log_density(x, mean, scale):
    ...     s = 0.0
    ...     for i in range(len(x)):
    ...         s += -0.5 * ((x[i] - mean) / scale) ** 2 - np.log(scale)
    ...     return s
    >>> mean, scale = pt.dscalars("mean", "scale")
    >>> y = to_pytensor(log_density)(np.array([1.0, 2.0, 3.0]), mean, scale)
    >>> slope = pytensor.function([mean, scale], pt.grad(y, mean), mode="NUMBA")
    >>> slope(1.0, 0.5)
    array(12.)
    """
    bridge = Bridge(f, "to_pytensor")

    def called(*arguments):
        bridge.check_count(arguments)
        variables = [_variable(bridge, k, a) for k, a in enumerate(arguments)]
        floats = [v.type.dtype for v in variables if v.type.numpy_dtype.kind == "f"]
        value = _Value(bridge)(*map(_wide, variables))
        narrow = floats and "float64" not in floats
        return pt.cast(value, "float32") if narrow else value

    called.__name__, called.__doc__ = bridge.name, getattr(bridge.f, "__doc__", None)
    return called


def _variable(bridge, k, value):
    """Return an argument as a tensor variable of numbers."""
    try:
        variable = pt.as_tensor_variable(value)
        native_type(variable.type.dtype, variable.type.ndim)
    except (TypeError, ValueError, NotImplementedError):
        raise TypeError(
            f"to_pytensor: {bridge.name}: {bridge.named(k)} must be a tensor variable, an array or "
            f"a number, got {value!r}; pass the items of a tuple one by one"
        ) from None
    return variable


def _wide(variable):
    """Return floats as float64; a constant stays one."""
    if variable.type.numpy_dtype.kind != "f" or variable.type.dtype == "float64":
        return variable
    if isinstance(variable, Constant):
        return pt.constant(variable.data.astype(np.float64))
    return pt.cast(variable, "float64")


def _is_float(variable):
    return variable.type.dtype == "float64"


class _Op(Op):
    """What the Ops of a function share: a driver is called, from Python or in PyTensor's Numba."""

    __props__ = ("bridge", "argnums")
    kind = None

    def __init__(self, bridge, argnums=()):
        self.bridge, self.argnums = bridge, argnums

    def __str__(self):
        return f"{self.kind}({self.bridge.name})"

    def driver(self):
        return self.bridge.driver(self.kind, self.argnums)

    def output_types(self, inputs):
        return [inputs[k].type for k in self.argnums]

    def make_node(self, *inputs):
        return Apply(self, list(inputs), [t() for t in self.output_types(inputs)])

    def perform(self, node, inputs, output_storage):
        found = self.results(self.driver()(*map(native, inputs)))
        for store, value in zip(output_storage, found, strict=True):
            store[0] = np.array(as_array(value))

    def results(self, found):
        return found

    def pullback(self, inputs, outputs, cotangents):
        return self.L_op(inputs, outputs, cotangents)

    def L_op(self, inputs, outputs, output_gradients):
        raise NotImplementedError(
            f"to_pytensor: {self.bridge.name} has no further derivatives in PyTensor: of a "
            "function that returns a float the second, of one that returns an array the first; "
            "compose drivers of fastad"
        )

    def connection_pattern(self, node):
        kinds = [v.type.numpy_dtype.kind for v in node.inputs]
        return [[kind in "fc"] * len(node.outputs) for kind in kinds]

    def gradients(self, inputs, moving, bars):
        """Return a gradient for each input: those of `moving`, and PyTensor's word for others."""
        out = []
        for k, v in enumerate(inputs):
            if k in moving:
                out.append(bars[moving.index(k)])
            elif v.type.numpy_dtype.kind in "fc":
                what = "a constant" if isinstance(v, Constant) else "a complex argument"
                out.append(grad_undefined(self, k, v, f"{what} is not differentiated"))
            else:
                out.append(DisconnectedType()())
        return out


def _moving(inputs):
    return tuple(k for k, v in enumerate(inputs) if _is_float(v) and not isinstance(v, Constant))


class _Value(_Op):
    """The value of a function."""

    kind = "value"

    def driver(self):
        return self.bridge.f

    def output_types(self, inputs):
        given = tuple(native_type(v.type.dtype, v.type.ndim) for v in inputs)
        result = self.bridge.result(given)
        shape = result.shape
        return [pt.TensorType("float64", shape=(None,) * result.ndim if shape is None else shape)]

    def results(self, found):
        return (found,)

    def L_op(self, inputs, outputs, output_gradients):
        moving, (bar,) = _moving(inputs), output_gradients
        if not moving:
            return self.gradients(inputs, moving, [])
        if outputs[0].type.ndim:
            bars = _Pulled(self.bridge, moving)(*inputs, bar, return_list=True)
        else:
            slopes = _Gradient(self.bridge, moving)(*inputs, return_list=True)
            bars = [bar * slope for slope in slopes]
        return self.gradients(inputs, moving, bars)


class _Gradient(_Op):
    """The gradients of a function that returns a float."""

    kind = "grad"

    def L_op(self, inputs, outputs, output_gradients):
        moving = _moving(inputs)
        both = tuple(sorted({*self.argnums, *moving}))
        given = dict(zip(self.argnums, output_gradients, strict=True))
        vectors = [
            pt.zeros_like(inputs[k])
            if isinstance(given.get(k, DisconnectedType()()).type, DisconnectedType)
            else given[k]
            for k in both
        ]
        products = _Product(self.bridge, both)(*inputs, *vectors, return_list=True)
        return self.gradients(inputs, moving, [products[both.index(k)] for k in moving])


class _Product(_Op):
    """The products of the Hessian and vectors."""

    kind = "hvp"


class _Pulled(_Op):
    """The products of a cotangent and the Jacobian of a function that returns an array."""

    kind = "vjp"

    def results(self, found):
        return found[1]


def _passed(name, given):
    """Return in Numba code what `native` makes of an array."""
    if given.ndim:
        return f"{name}.copy()"
    wide = {"i": "np.int64", "u": "np.uint64", "f": "np.float64", "c": "np.complex128"}
    return f"{wide.get(given.numpy_dtype.kind, 'bool')}({name}.item())"


def _widened(result):
    """Return in Numba code what `as_array` makes of a `Result`, which may be of float32."""
    if result.length is not None:
        items = ", ".join(f"np.float64(found[{k}])" for k in range(result.length))
        return f"np.array(({items},))"
    return "found.astype(np.float64)" if result.ndim else "np.asarray(np.float64(found))"


@numba_funcify.register(_Op)
def _compiled(op, node, **_):
    """Return the @njit function of an Op, for arrays: those without dimensions among them."""
    driver, result = op.driver(), op.bridge.result
    arguments = [f"a{k}" for k in range(len(node.inputs))]
    passed = [_passed(a, v.type) for a, v in zip(arguments, node.inputs, strict=True)]
    lines = [f"def call({', '.join(arguments)}):", f"    found = driver({', '.join(passed)})"]
    if isinstance(op, _Value):
        given = tuple(native_type(v.type.dtype, v.type.ndim) for v in node.inputs)
        lines.append(f"    return {_widened(result(given))}")
    else:
        items = "found[1]" if isinstance(op, _Pulled) else "found"
        out = [
            f"{items}[{k}]" if v.type.ndim else f"np.asarray({items}[{k}])"
            for k, v in enumerate(node.outputs)
        ]
        lines.append(f"    return {', '.join(out)}")
    scope = {"driver": driver, "np": np}
    exec("\n".join(lines), scope)
    return numba.njit(scope["call"])

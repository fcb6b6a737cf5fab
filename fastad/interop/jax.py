"""JAX: call an @njit function inside ``jit``, ``grad``, ``vmap`` and ``hessian``.

A function that returns a float gets its rule by ``jax.custom_jvp``: the tangent is the inner
product of its gradient, which fastad computes, and the arguments' tangents, in JAX's operations, so
that JAX can take it in both directions. One that returns an array would need its whole Jacobian for
that: it gets ``jax.custom_vjp``, or with ``forward=True`` a ``custom_jvp`` of one product.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..drivers.warm import warmup
from .border import Bridge, as_array, native, native_type

try:
    import jax
    import jax.numpy as jnp
    from jax.custom_derivatives import SymbolicZero
except ImportError as error:
    raise ImportError(f"to_jax needs JAX ({error}): pip install 'fastgmm[jax]'") from error

__all__ = ["to_jax"]


def to_jax(
    f: Callable[..., Any],
    *,
    result_shape: tuple[int, ...] | Callable[..., tuple[int, ...]] | None = None,
    forward: bool = False,
) -> Callable[..., Any]:
    """Return a function of JAX arrays that calls an @njit function, and has its derivatives.

    Parameters
    ----------
    f : callable
        A plain Python or @njit function of numbers and arrays that returns a float, an array of
        floats or a tuple of floats (which becomes an array).
    result_shape : tuple of int or callable, optional
        The shape of an array that f returns, or a function of its arguments (of their ``shape`` and
        ``dtype``) that returns it: ``lambda x, a: x.shape``.  By default it is that of the first
        call outside of ``jax.jit`` with arguments of the same shapes.  A float needs none.
    forward : bool, default False
        For an f that returns an array: whether it is differentiated in forward mode (``jvp``,
        ``jacfwd``) instead of in reverse mode (``grad``, ``vjp``, ``jacrev``).

    Returns
    -------
    callable
        ``g(*args)``, of arrays and numbers, to be called in and outside of ``jax.jit``.  What has
        no dimensions is passed on as a number.

    Raises
    ------
    ImportError
        If JAX is missing.
    TypeError
        If f is no function; when g is called: for wrong arguments, for a result of another kind,
        and where fastad does not take f, in its words.
    ValueError
        When g is traced: if the shape of an array that f returns is not known.

    Notes
    -----
    f computes in float64.  What JAX sees is float64 where the arguments are, which takes
    ``jax.config.update("jax_enable_x64", True)``; without, JAX's arrays are float32, and results
    and derivatives are rounded to float32.

    Of an f that returns a float, these compose: ``jit``, ``vmap``, ``grad``, ``value_and_grad``,
    ``jvp``, ``jacfwd``, ``jacrev``, ``hessian`` and ``jacfwd(grad(...))``.  Refused are reverse
    over reverse mode, ``grad`` of something made from ``grad``, and third derivatives.  Of one that
    returns an array: ``jit``, ``vmap``, and first derivatives in one of the two modes.  Under
    ``vmap`` f is called for one item after another, in one callback.

    f must be pure: JAX may call it twice, or not at all.  It gets copies of the arrays.  Which
    arguments are differentiated JAX tells; integers and truth values have no derivative.  On an
    accelerator ``jax.pure_callback`` moves arguments and results.

    Examples
    --------
    >>> import jax, jax.numpy as jnp
    >>> from numba import njit
    >>> from fastad.interop import to_jax
    >>> @njit
    ... def energy(x, stiffness):
    ...     s = 0.0
    ...     for i in range(len(x) - 1):
    ...         s += stiffness * (x[i + 1] - x[i]) ** 2
    ...     return s
    >>> g = to_jax(energy)
    >>> jax.jit(jax.grad(lambda x: jnp.log(g(x, 3.0))))(jnp.array([0.0, 1.0, 3.0])).round(3)
    Array([-0.4, -0.4,  0.8], dtype=float32)
    """
    if not isinstance(forward, bool):
        raise TypeError(f"to_jax: forward must be True or False, got {forward!r}")
    if result_shape is not None and not callable(result_shape):
        result_shape = _shape(result_shape)
    return _InJax(f, result_shape, forward).call


def _shape(shape):
    if not isinstance(shape, tuple) or not all(isinstance(n, int | np.integer) for n in shape):
        raise TypeError(f"to_jax: result_shape must be, or return, a tuple of ints, got {shape!r}")
    return tuple(map(int, shape))


def _is_float(array):
    return jnp.issubdtype(jnp.result_type(array), jnp.floating)


def _widened(array):
    """Return what compiled code gets; floats that NumPy does not know (bfloat16) are widened."""
    array = np.asarray(array)
    return native(array.astype(np.float64) if jnp.issubdtype(array.dtype, jnp.floating) else array)


def _type_of(array):
    dtype = np.float64 if _is_float(array) else array.dtype
    return native_type(dtype, array.ndim)


def _struct(array):
    return jax.ShapeDtypeStruct(array.shape, array.dtype)


def _moving(arrays, tangents):
    """Return which arguments have a tangent."""
    pairs = enumerate(zip(arrays, tangents, strict=True))
    return _floats(arrays, [k for k, (_, t) in pairs if not isinstance(t, SymbolicZero)])


def _floats(arrays, moving):
    """Return which of the arguments that move are floats; refuse complex numbers that do."""
    for k in moving:
        if jnp.issubdtype(jnp.result_type(arrays[k]), jnp.complexfloating):
            raise TypeError(
                f"to_jax: argument {k} is complex, and complex arguments are data: pass x.real and "
                "x.imag, or jax.lax.stop_gradient(x)"
            )
    return tuple(k for k in moving if _is_float(arrays[k]))


def _inner(gradients, tangents, like):
    """Return the tangent of a float: the sum of the inner products."""
    terms = (jnp.sum(g * t) for g, t in zip(gradients, tangents, strict=True))
    return sum(terms, jnp.zeros((), like.dtype)).astype(like.dtype)


class _InJax:
    """A function in JAX: what JAX traces of it, and what runs in callbacks."""

    def __init__(self, f, result_shape, forward):
        self.bridge = Bridge(f, "to_jax")
        self._given_shape, self._forward = result_shape, forward
        self._shapes = {}  # shapes and dtypes of the arguments -> shape of the result
        self._made = {}  # functions that JAX would compile anew if they were others each time

    def call(self, *arguments):
        """Return the value for arrays, numbers, and JAX's tracers of them."""
        self.bridge.check_count(arguments)
        arrays = tuple(self._array(k, a) for k, a in enumerate(arguments))
        result = self.bridge.result(tuple(map(_type_of, arrays)))
        if self._forward:
            return self._once(self._in_forward_mode)(*arrays)
        return self._once(self._in_reverse_mode if result.ndim else self._of_a_float)(*arrays)

    def _array(self, k, value):
        if isinstance(value, jax.Array | np.ndarray | np.generic | int | float | complex):
            array = jnp.asarray(value)
            if _is_float(array) or array.dtype.kind in "biuc":
                return array
        raise TypeError(
            f"to_jax: {self.bridge.name}: {self.bridge.named(k)} must be a number or an array of "
            f"numbers, got {value!r}; pass the items of a tuple one by one"
        )

    def _once(self, make, *key):
        """Return what `make` makes for a key, the same at every call."""
        key = make.__name__, *key
        if key not in self._made:
            self._made[key] = make(*key[1:])
        return self._made[key]

    # What JAX traces.

    def _of_a_float(self):
        """Return a function of which JAX has the value, and the gradient where it asks for it."""

        @jax.custom_jvp
        def value(*arrays):
            return self._value(arrays)

        def rule(arrays, tangents):
            moving = _moving(arrays, tangents)
            y, *gradients = self._once(self._slopes, moving)(*arrays)
            return y, _inner(gradients, [tangents[k] for k in moving], y)

        value.defjvp(rule, symbolic_zeros=True)
        return value

    def _slopes(self, argnums):
        """Return a function of the value and the gradients, whose tangents are Hessian products."""

        @jax.custom_jvp
        def slopes(*arrays):
            outputs = self._output(arrays), *(_struct(arrays[k]) for k in argnums)
            return self._run("value_and_grad", argnums, arrays, outputs)

        def rule(arrays, tangents):
            moving = _moving(arrays, tangents)
            both = tuple(sorted({*argnums, *moving}))
            y, *gradients = self._once(self._slopes, both)(*arrays)
            vectors = [tangents[k] if k in moving else jnp.zeros_like(arrays[k]) for k in both]
            outputs = [_struct(arrays[k]) for k in both]
            products = self._run("hvp", both, (*arrays, *vectors), outputs)
            places = [both.index(k) for k in argnums]
            y_dot = _inner(gradients, vectors, y)
            values = y, *(gradients[i] for i in places)
            return values, (y_dot, *(products[i] for i in places))

        slopes.defjvp(rule, symbolic_zeros=True)
        return slopes

    def _in_reverse_mode(self):
        """Return a function of which JAX has the value, and the product of a cotangent and J."""

        @jax.custom_vjp
        def value(*arrays):
            return self._value(arrays)

        def forward(*primals):
            arrays = tuple(p.value for p in primals)
            # What moves is part of the structure, () or None: all leaves of it would be arrays.
            moving = _floats(arrays, [k for k, p in enumerate(primals) if p.perturbed])
            moves = [() if k in moving else None for k in range(len(arrays))]
            return self._value(arrays), (arrays, moves)

        def backward(kept, cotangent):
            arrays, moves = kept
            bars = [None] * len(arrays)
            moving = tuple(k for k, m in enumerate(moves) if m is not None)
            if moving and not isinstance(cotangent, SymbolicZero):
                outputs = [_struct(arrays[k]) for k in moving]
                found = self._run("vjp", moving, (*arrays, cotangent), outputs)
                for k, bar in zip(moving, found, strict=True):
                    bars[k] = bar
            return tuple(bars)

        value.defvjp(forward, backward, symbolic_zeros=True)
        return value

    def _in_forward_mode(self):
        """Return a function of which JAX has the value, and the product of J and a tangent."""

        @jax.custom_jvp
        def value(*arrays):
            return self._value(arrays)

        def rule(arrays, tangents):
            moving = _moving(arrays, tangents)
            output = self._output(arrays)
            if not moving:
                return self._value(arrays), jnp.zeros(output.shape, output.dtype)
            operands = *arrays, *(tangents[k] for k in moving)
            # The value by itself: it must not depend on the tangents, which may be a batch.
            return self._value(arrays), self._run("jvp", moving, operands, (output,))[0]

        value.defjvp(rule, symbolic_zeros=True)
        return value

    def _value(self, arrays):
        return self._run("value", (), arrays, (self._output(arrays),))[0]

    def _output(self, arrays):
        """Return the shape and dtype of the result."""
        floats = [a.dtype for a in arrays if _is_float(a)] or [float]
        dtype = jax.dtypes.canonicalize_dtype(jnp.result_type(*floats))
        return jax.ShapeDtypeStruct(self._result_shape(arrays), dtype)

    def _result_shape(self, arrays):
        result = self.bridge.result(tuple(map(_type_of, arrays)))
        if result.shape is not None:
            return result.shape
        if self._given_shape is not None:
            given = self._given_shape
            return _shape(given(*map(_struct, arrays))) if callable(given) else given
        key = tuple((a.shape, a.dtype) for a in arrays)
        if key not in self._shapes:
            if any(isinstance(a, jax.core.Tracer) for a in arrays):
                raise ValueError(
                    f"to_jax: the shape of what {self.bridge.name} returns is not known while JAX "
                    "traces; call it once outside of jax.jit with arrays of these shapes, or give "
                    "the shape: to_jax(f, result_shape=lambda x, ...: x.shape)"
                )
            self._shapes[key] = np.shape(self.bridge.f(*map(_widened, arrays)))
        return self._shapes[key]

    # What runs in callbacks.

    def _run(self, kind, argnums, operands, outputs):
        """Return what a driver gives, as arrays of JAX of the shapes and dtypes of `outputs`."""
        operands = tuple(map(jnp.asarray, operands))  # a tangent may be a number of Python's
        operand_types = tuple(map(_type_of, operands))
        spec = tuple((o.shape, o.dtype) for o in outputs)
        ndims = tuple(a.ndim for a in operands)
        called = self._once(self._callback, kind, argnums, operand_types, ndims, spec)
        return called(*operands)

    def _callback(self, kind, argnums, operand_types, ndims, spec):
        """Return a function that JAX traces, and which calls a driver for each item of a batch."""
        if kind != "value":
            warmup(self.bridge.driver(kind, argnums), *operand_types)  # refusals come out here

        def run(*operands):
            operands = [np.asarray(a) for a in operands]
            leading = [a.ndim - n for a, n in zip(operands, ndims, strict=True)]
            pairs = list(zip(operands, leading, strict=True))
            batch = np.broadcast_shapes(*(a.shape[:n] for a, n in pairs))
            operands = [np.broadcast_to(a, batch + a.shape[n:]) for a, n in pairs]
            out = tuple(np.empty(batch + shape, dtype) for shape, dtype in spec)
            for i in np.ndindex(batch):
                found = self._computed(kind, argnums, [_widened(a[i]) for a in operands])
                for o, (shape, _), item in zip(out, spec, found, strict=True):
                    if np.shape(item) != shape:
                        raise ValueError(
                            f"to_jax: {self.bridge.name} returned the shape {np.shape(item)}, "
                            f"expected {shape}: give the right result_shape"
                        )
                    o[i] = item
            return out

        structs = tuple(jax.ShapeDtypeStruct(*s) for s in spec)

        @jax.custom_jvp
        def called(*operands):
            return jax.pure_callback(run, structs, *operands, vmap_method="expand_dims")

        @called.defjvp
        def _refused(primals, tangents):
            raise NotImplementedError(
                f"to_jax: {self.bridge.name} has no further derivatives in JAX: of a function that "
                "returns a float the second (jax.hessian), of one that returns an array the first, "
                "in reverse mode or with forward=True; compose drivers of fastad instead"
            )

        return called

    def _computed(self, kind, argnums, values):
        """Return the results of a driver, for numbers and arrays of compiled code."""
        if kind == "value":
            return (as_array(self.bridge.f(*values)),)
        found = self.bridge.driver(kind, argnums)(*values)
        if kind == "hvp":
            return found
        first, rest = found
        if kind == "jvp":
            return (as_array(rest),)
        return rest if kind == "vjp" else (first, *rest)

"""PyTorch: call an @njit function on CPU tensors, as an operation of autograd."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from .border import Bridge, as_array, native

try:
    import torch
except ImportError as error:
    raise ImportError(f"to_torch needs PyTorch ({error}): pip install 'fastgmm[torch]'") from error

__all__ = ["to_torch"]


def to_torch(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of PyTorch tensors that calls an @njit function, and has its derivatives.

    Parameters
    ----------
    f : callable
        A plain Python or @njit function of numbers and arrays that returns a float, an array of
        floats or a tuple of floats (which becomes a tensor).

    Returns
    -------
    callable
        ``g(*args)``, which returns a tensor.  Tensors among the arguments are passed on as arrays,
        those without dimensions as numbers; all else as it is, not differentiated.

    Raises
    ------
    ImportError
        If PyTorch is missing.
    TypeError
        If f is no function; when g is called: for wrong arguments, a result of another kind, a
        tensor that is not on the CPU or not dense, and where fastad does not take f, in its words.
    NotImplementedError
        When a second derivative is asked for and f returns an array, or a third.

    Notes
    -----
    f computes in float64, and gets copies of the tensors.  The result has the widest dtype of the
    floating tensors among the arguments: of float32 it is rounded to float32, and so are the
    gradients.

    For an f that returns a float, value and gradient are computed together, and kept for the
    backward pass; second derivatives (``create_graph=True``, ``torch.autograd.functional.vhp``) are
    Hessian products.  ``torch.func.grad`` works; ``torch.func.vmap``, and with it
    ``torch.func.jacrev`` and ``hessian``, is refused by PyTorch: use ``torch.autograd.functional``.
    Under ``torch.compile`` the graph is broken here.

    Examples
    --------
    >>> import torch
    >>> from numba import njit
    >>> from fastad.interop import to_torch
    >>> @njit
    ... def energy(x, stiffness):
    ...     s = 0.0
    ...     for i in range(len(x) - 1):
    ...         s += stiffness * (x[i + 1] - x[i]) ** 2
    ...     return s
    >>> x = torch.tensor([0.0, 1.0, 3.0], dtype=torch.float64, requires_grad=True)
    >>> to_torch(energy)(x, 3.0).backward()
    >>> x.grad
    tensor([-6., -6., 12.], dtype=torch.float64)
    """
    bridge = Bridge(f, "to_torch")

    def called(*arguments):
        bridge.check_count(arguments)
        for k, a in enumerate(arguments):
            _check(bridge, k, a)
        # Arrays are copied here: the backward pass may come after they have changed.
        arguments = tuple(a.copy() if isinstance(a, np.ndarray) else a for a in arguments)
        return _Value.apply(_Call(bridge, arguments), *arguments)

    called.__name__, called.__doc__ = bridge.name, getattr(bridge.f, "__doc__", None)
    return called


def _check(bridge, k, value):
    if not isinstance(value, torch.Tensor):
        return
    where = f"to_torch: {bridge.name}: {bridge.named(k)}"
    if value.device.type != "cpu" or value.layout != torch.strided:
        raise TypeError(
            f"{where} is a {value.layout} tensor on {value.device}; compiled code takes dense ones "
            "on the CPU: pass x.cpu(), or x.to_dense()"
        )
    if value.is_complex() and value.requires_grad:
        raise TypeError(f"{where} is complex and requires a gradient; pass x.real and x.imag")


def _native(value):
    """Return what compiled code gets for an argument: a copy of a tensor, or of an array."""
    if isinstance(value, np.ndarray):
        return native(value)
    if not isinstance(value, torch.Tensor):
        return value
    value = value.detach().resolve_conj().resolve_neg()
    return native(value.to(torch.float64).numpy() if value.is_floating_point() else value.numpy())


def _tensor(value, dtype):
    return torch.from_numpy(np.array(as_array(value))).to(dtype)


class _Call:
    """One call of a function: what is to be differentiated, and the gradients of a float.

    What PyTorch wraps later, in ``torch.func.grad``, is looked at here, before.
    """

    def __init__(self, bridge, arguments):
        self.bridge, self.of_a_float, self.gradients = bridge, None, {}
        tensors = {k: a for k, a in enumerate(arguments) if isinstance(a, torch.Tensor)}
        floats = {k: a for k, a in tensors.items() if a.is_floating_point()}
        dtypes = [a.dtype for a in floats.values()] or [torch.float64]
        self.dtype = functools.reduce(torch.promote_types, dtypes)
        enabled = torch.is_grad_enabled()
        self.moving = tuple(k for k, a in floats.items() if a.requires_grad and enabled)

    def value(self, arguments):
        """Return the value; where a float is to be differentiated, keep its gradients."""
        values = [_native(a) for a in arguments]
        self.of_a_float = not self.bridge.result(tuple(map(numba.typeof, values))).ndim
        if not self.moving or not self.of_a_float:
            return _tensor(self.bridge.f(*values), self.dtype)
        value, gradients = self.bridge.driver("value_and_grad", self.moving)(*values)
        self.gradients = dict(zip(self.moving, gradients, strict=True))
        return _tensor(value, self.dtype)


def _keep(ctx, arguments):
    """Keep arguments for the backward pass: tensors so that PyTorch sees if they change."""
    ctx.places = [k for k, a in enumerate(arguments) if isinstance(a, torch.Tensor)]
    ctx.save_for_backward(*(arguments[k] for k in ctx.places))
    ctx.others = [None if isinstance(a, torch.Tensor) else a for a in arguments]


def _kept(ctx):
    arguments = list(ctx.others)
    for k, tensor in zip(ctx.places, ctx.saved_tensors, strict=True):
        arguments[k] = tensor
    return arguments


def _placed(n, argnums, found):
    """Return a list of n, with None in the places of what is not differentiated."""
    out = [None] * n
    for k, value in zip(argnums, found, strict=True):
        out[k] = value
    return out


class _Value(torch.autograd.Function):
    """The value of a function."""

    @staticmethod
    def forward(call, *arguments):
        return call.value(arguments)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.call = inputs[0]
        _keep(ctx, inputs[1:])

    @staticmethod
    def backward(ctx, cotangent):
        arguments, call = _kept(ctx), ctx.call
        argnums = tuple(k for k in range(len(arguments)) if ctx.needs_input_grad[k + 1])
        if not call.of_a_float:
            bars = _Last.apply(call.bridge, "vjp", argnums, *arguments, cotangent)
        elif torch.is_grad_enabled() or not set(argnums) <= set(call.gradients):
            gradients = _Gradient.apply(call.bridge, argnums, *arguments)
            bars = [cotangent * g for g in gradients]
        else:
            dtypes = [arguments[k].dtype for k in argnums]
            found = [_tensor(call.gradients[k], d) for k, d in zip(argnums, dtypes, strict=True)]
            bars = [cotangent * g for g in found]
        return None, *_placed(len(arguments), argnums, bars)


class _Gradient(torch.autograd.Function):
    """The gradients of a function that returns a float, which can be differentiated again."""

    @staticmethod
    def forward(bridge, argnums, *arguments):
        found = bridge.driver("grad", argnums)(*map(_native, arguments))
        return tuple(_tensor(g, arguments[k].dtype) for k, g in zip(argnums, found, strict=True))

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.bridge, ctx.argnums = inputs[:2]
        _keep(ctx, inputs[2:])

    @staticmethod
    def backward(ctx, *cotangents):
        arguments = _kept(ctx)
        wanted = tuple(k for k in range(len(arguments)) if ctx.needs_input_grad[k + 2])
        both = tuple(sorted({*ctx.argnums, *wanted}))
        given = dict(zip(ctx.argnums, cotangents, strict=True))
        vectors = [given.get(k, torch.zeros_like(arguments[k])) for k in both]
        products = _Last.apply(ctx.bridge, "hvp", both, *arguments, *vectors)
        bars = [products[both.index(k)] for k in wanted]
        return None, None, *_placed(len(arguments), wanted, bars)


class _Last(torch.autograd.Function):
    """Products of a driver that have no derivative here: ``vjp``, ``hvp``."""

    @staticmethod
    def forward(bridge, kind, argnums, *operands):
        found = bridge.driver(kind, argnums)(*map(_native, operands))
        found = found[1] if kind == "vjp" else found
        return tuple(_tensor(g, operands[k].dtype) for k, g in zip(argnums, found, strict=True))

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.name = inputs[0].name

    @staticmethod
    def backward(ctx, *cotangents):
        raise NotImplementedError(
            f"to_torch: {ctx.name} has no further derivatives in PyTorch: of a function that "
            "returns a float the second, of one that returns an array the first; compose drivers "
            "of fastad"
        )

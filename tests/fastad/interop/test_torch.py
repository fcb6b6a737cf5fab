"""Functions bridged to PyTorch give what the same functions written in PyTorch give."""

import numpy as np
import pytest
from bridged import POINT, bent, chain, energy, overwriting

torch = pytest.importorskip("torch")

from fastad.interop import to_torch  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:::(?!fastad)")]

ENERGY, BENT = to_torch(energy), to_torch(bent)


def energy_in_torch(x, a, n):
    return a * torch.sum((x[1:] - x[:-1]) ** n) + torch.sum(torch.sin(a * x))


def bent_in_torch(x, a, n):
    return a * x**n + x[0] * torch.cos(x)


def leaves(dtype=torch.float64):
    x, a = torch.tensor(POINT, dtype=dtype), torch.tensor(1.3, dtype=dtype)
    return x.requires_grad_(), a.requires_grad_()


def assert_same(found, wanted, rtol=1e-12):
    for a, b in zip(found, wanted, strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        torch.testing.assert_close(a, b, rtol=rtol, atol=rtol)


@pytest.mark.parametrize(
    ("found", "wanted"), [(ENERGY, energy_in_torch), (BENT, bent_in_torch)], ids=["float", "array"]
)
def test_values_and_gradients(found, wanted):
    results = []
    for f in (found, wanted):
        x, a = leaves()
        value = f(x * x, a, 2)
        torch.sum(torch.exp(value / 9.0)).backward()
        results.append((value.detach(), x.grad, a.grad))
    assert_same(*results)


@pytest.mark.parametrize("f", [ENERGY, BENT], ids=["float", "array"])
def test_gradcheck(f):
    x, a = leaves()
    assert torch.autograd.gradcheck(lambda x, a: f(x, a, 3), (x, a))
    assert torch.autograd.gradcheck(lambda a: f(x.detach(), a, 3), (a,))


def test_gradgradcheck():
    x, a = leaves()
    assert torch.autograd.gradgradcheck(lambda x, a: ENERGY(x, a, 3), (x, a))
    assert torch.autograd.gradgradcheck(lambda x: ENERGY(x, 1.3, 3), (x,))


def test_second_derivatives_by_pytorchs_functions():
    x, v = torch.tensor(POINT), torch.ones(4, dtype=torch.float64)
    functional = torch.autograd.functional
    results = []
    for bridged in (ENERGY, energy_in_torch):

        def f(x, bridged=bridged):
            return bridged(x, 1.3, 3)

        def slopes(x, f=f):
            return torch.func.grad(f)(x).sum()

        products = functional.vhp(f, x, v)
        results.append((functional.hessian(f, x), *products, torch.func.grad(slopes)(x)))
    assert_same(*results)


def test_the_jacobian_of_an_array():
    found = torch.autograd.functional.jacobian(lambda x: BENT(x, 1.3, 2), torch.tensor(POINT))
    wanted = torch.autograd.functional.jacobian(
        lambda x: bent_in_torch(x, 1.3, 2), torch.tensor(POINT)
    )
    assert_same([found], [wanted])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_narrow_floats_stay_narrow(dtype):
    x, a = leaves(dtype)
    value = ENERGY(x, a, torch.tensor(2))
    value.backward()
    assert {value.dtype, x.grad.dtype, a.grad.dtype} == {dtype}
    wide = [t.detach().double().requires_grad_() for t in (x, a)]
    energy_in_torch(*wide, 2).backward()
    rtol = {torch.float32: 2e-7, torch.float16: 1e-3}.get(dtype, 1e-2)
    torch.testing.assert_close(x.grad.double(), wide[0].grad, rtol=rtol, atol=0.0)


def test_strided_and_conjugated_tensors_pass():
    m = torch.rand(4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert_same([ENERGY(m[:, 1], 1.3, 2)], [energy_in_torch(m[:, 1], 1.3, 2)])
    imaginary = torch.complex(m, m).conj().imag[0]
    assert imaginary.is_neg()
    assert_same([ENERGY(imaginary, 1.3, 2)], [energy_in_torch(imaginary, 1.3, 2)])


def test_what_is_no_tensor_is_passed_through():
    x, _ = leaves()
    data = POINT.copy()
    value = to_torch(lambda x, data, k: np.sum(x * data[k:]))(x[1:], data, 1)
    data[:] = 0.0  # before the backward pass
    value.backward()
    np.testing.assert_array_equal(x.grad, [0.0, *POINT[1:]])


def test_arrays_that_are_kept_for_the_backward_pass_are_copies():
    x, _ = leaves()
    data = POINT.copy()
    value = to_torch(lambda x, data: x * data)(x, data)
    data[:] = 0.0
    value.sum().backward()
    np.testing.assert_array_equal(x.grad, POINT)


def test_what_a_function_writes_into_its_arguments_is_not_seen():
    x, _ = leaves()
    to_torch(overwriting)(x, 3.0).backward()
    np.testing.assert_array_equal(x.detach(), POINT)
    np.testing.assert_allclose(x.grad, 6.0 * POINT, rtol=1e-15)
    with torch.no_grad():
        to_torch(overwriting)(x, 3.0)
    np.testing.assert_array_equal(x.detach(), POINT)


def test_without_grad_no_gradient_is_computed(monkeypatch):
    from fastad.interop import border

    def refuse(*_):
        raise AssertionError("a driver was made")

    monkeypatch.setattr(border.Bridge, "driver", refuse)
    x, a = leaves()
    with torch.no_grad():
        assert not to_torch(energy)(x, a, 2).requires_grad


def test_a_tuple_of_floats_is_a_tensor():
    x, a = (t.detach() for t in leaves())
    found = torch.autograd.functional.jacobian(to_torch(chain), (x[:2], a))
    wanted = torch.autograd.functional.jacobian(
        lambda x, a: torch.stack([a * x[0] * x[1], torch.exp(x[0])]), (x[:2], a)
    )
    assert_same(found, wanted)


def test_an_optimiser_finds_the_minimum():
    x = torch.tensor([3.0, -2.0], requires_grad=True)
    model = to_torch(lambda x, a: (x[0] - a) ** 2 + 10.0 * (x[1] - x[0] ** 2) ** 2)
    optimiser = torch.optim.LBFGS([x], max_iter=100, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        value = model(x, 1.5)
        value.backward()
        return value

    optimiser.step(closure)
    torch.testing.assert_close(x.detach(), torch.tensor([1.5, 2.25]), rtol=1e-3, atol=0.0)


def test_a_tensor_that_changed_before_the_backward_pass_is_an_error():
    x, a = leaves()
    moved = x * 1.0
    value = ENERGY(moved, a, 2)
    moved.mul_(2.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        value.backward()


def test_further_derivatives_are_refused():
    x, _ = leaves()
    (slope,) = torch.autograd.grad(BENT(x, 1.3, 2).sum(), x, create_graph=True)
    with pytest.raises(NotImplementedError, match="bent has no further derivatives in PyTorch"):
        torch.autograd.grad(slope.sum(), x)
    (slope,) = torch.autograd.grad(ENERGY(x, 1.3, 3), x, create_graph=True)
    (second,) = torch.autograd.grad(slope.sum(), x, create_graph=True)
    with pytest.raises(NotImplementedError, match="energy has no further derivatives in PyTorch"):
        torch.autograd.grad(second.sum(), x)


def test_transforms_that_are_refused():
    x = torch.tensor(POINT)
    with pytest.raises(RuntimeError, match="vmap"):
        torch.func.vmap(lambda x: ENERGY(x, 1.3, 2))(torch.stack([x, x]))
    with pytest.raises(NotImplementedError, match="forward mode AD"):
        torch.func.jvp(lambda x: ENERGY(x, 1.3, 2), (x,), (x,))


def test_bad_input_is_refused():
    x, _ = leaves()
    with pytest.raises(TypeError, match="to_torch takes an @njit function"):
        to_torch(3)
    with pytest.raises(TypeError, match=r"energy\(x, a, n\) got 1 arguments"):
        ENERGY(x)
    with pytest.raises(TypeError, match=r"argument 0 \('x'\) is a torch.strided tensor on meta"):
        ENERGY(torch.ones(4, device="meta"), 1.3, 2)
    with pytest.raises(TypeError, match="sparse_coo tensor on cpu"):
        ENERGY(torch.ones(4).to_sparse(), 1.3, 2)
    with pytest.raises(TypeError, match="is complex and requires a gradient"):
        ENERGY(torch.ones(4, dtype=torch.complex128, requires_grad=True), 1.3, 2)
    with pytest.raises(TypeError, match="must return a float, an array of floats or a tuple"):
        to_torch(lambda x: len(x))(x)

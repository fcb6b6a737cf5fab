"""What drivers say of themselves: help, signatures, and how they are printed."""

import inspect
import pickle
import pydoc
import xml.etree.ElementTree as ET

import numba
import numpy as np
import pytest

import fastad
from fastad import derivative, grad, hessian, hvp, jacobian, jvp, replayed, value_and_grad, vjp


@numba.njit
def energy(x, stiffness=2.0):
    """Return the energy of a chain.

    More is said here.
    """
    return stiffness * np.sum(x * x)


@pytest.mark.parametrize(
    ("driver", "signature", "shape"),
    [
        (grad, "(x, stiffness=2.0)", "The gradient, in the shape of x."),
        (value_and_grad, "(x, stiffness=2.0)", "The value, a float, and the gradient"),
        (jacobian, "(x, stiffness=2.0)", "of the result of energy, and then that of x."),
        (hessian, "(x, stiffness=2.0)", "Of the shape of x twice."),
        (jvp, "(x, stiffness, x_tangent, /)", "both in the shape of the result of energy."),
        (vjp, "(x, stiffness, cotangent, /)", "the cotangent of x in the shape of x."),
        (hvp, "(x, stiffness, x_vector, /)", "The product, in the shape of x."),
        (replayed, "(tape, x, stiffness=2.0, /)", "The value, a float, and the gradient"),
        (derivative, "(x, stiffness=2.0)", "in the shape of the result of energy."),
    ],
)
def test_help_tells_arguments_and_shapes(driver, signature, shape):
    g = driver(energy)
    assert str(inspect.signature(g)) == signature
    told = pydoc.render_doc(g, renderer=pydoc.plaintext)
    assert f"{driver.__name__}_energy{signature}" in told
    assert shape in told
    assert "energy: Return the energy of a chain." in told
    assert "More is said here." not in told
    assert "stiffness : passed on to energy as it is" in told
    assert f"made by fastad.{driver.__name__}:" in told
    assert not g.signatures  # nothing was compiled


def test_of_several_arguments():
    g = vjp(energy, argnums=(0, 1))
    assert "by x and stiffness." in g.__doc__
    assert "Of several arguments a tuple, one for each." in g.__doc__
    assert "Of several arguments a tuple of tuples of blocks." in hessian(energy, (0, 1)).__doc__
    assert str(inspect.signature(hvp(energy, (1, 0)))) == (
        "(x, stiffness, stiffness_vector, x_vector, /)"
    )
    taken = vjp(lambda cotangent, x: cotangent * x)
    assert str(inspect.signature(taken)) == "(cotangent, x, cotangent_, /)"
    rest = grad(lambda x, *others: x * others[0])
    assert str(inspect.signature(rest)) == "(x, *others)"


def test_calls_are_by_the_signature():
    g = grad(energy)
    x = np.array([1.0, 3.0])
    bound = inspect.signature(g).bind(x, stiffness=3.0)
    np.testing.assert_array_equal(g(*bound.args, **bound.kwargs), 6.0 * x)
    np.testing.assert_array_equal(g(x), 4.0 * x)
    along = jvp(energy)
    bound = inspect.signature(along).bind(x, 3.0, x)
    assert along(*bound.args) == (30.0, 60.0)


def test_repr_tells_what_it_is_of_and_how_it_computes():
    g = grad(energy)
    assert repr(g) == "<gradient of energy by x: mode auto, not called yet>"
    assert repr(grad(energy, mode="tape")) == (
        "<gradient of energy by x: mode tape, not called yet>"
    )
    g(np.ones(3), 1.0)
    before = g.signatures
    assert repr(g) == f"<gradient of energy by x: mode source ({g.why})>"
    assert g.signatures == before
    rows = {r[0].text: r[1].text for r in ET.fromstring(g._repr_html_())}
    assert rows == {
        "driver": "fastad.grad: gradient of energy by x",
        "energy": "Return the energy of a chain.",
        "call": "grad_energy(x, stiffness=2.0)",
        "mode": "source",
        "why": g.why,
    }


def test_print_shows_what_repr_shows():
    g = grad(energy)
    assert str(g) == f"{g}" == repr(g) == "<gradient of energy by x: mode auto, not called yet>"


def test_names_of_types_tell_drivers_apart_and_do_not_change_with_what_is_printed():
    g = grad(energy)
    named = numba.typeof(g).name
    assert named.startswith("type(Driver(<function grad_energy at 0x")
    assert numba.njit(lambda g, x: g(x))(g, np.ones(2)).tolist() == [4.0, 4.0]
    assert numba.typeof(g).name == named != numba.typeof(grad(energy, 1)).name


def test_it_stays_an_njit_function():
    g = grad(energy)
    again = pickle.loads(pickle.dumps(g))
    assert repr(again) == repr(g)
    assert str(inspect.signature(again)) == "(x, stiffness=2.0)"

    @numba.njit
    def applied(h, x):
        return h(x, 3.0)

    np.testing.assert_array_equal(applied(g, np.ones(2)), [6.0, 6.0])


def test_other_dispatchers_are_as_they_were():
    @fastad.custom_jvp
    def own(x):
        """Return x."""
        return x

    assert own.__doc__ == "Return x."
    assert repr(own).startswith("Custom(<function")

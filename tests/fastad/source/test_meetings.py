"""Programs in which two forms meet, against gradients by hand (`tests/support/blocks/meetings.py`).

Generated code is run by the interpreter, plain and optimised; compiled code in every mode.
"""

import numpy as np
import pytest
from blocks import meetings_of_functions
from blocks.meetings import MEETINGS, W
from interpreted import hessian_product, value_and_grad, value_and_tangent
from verdicts import passes

import fastad
from fastad.source.ir.statements import Unsupported

assert meetings_of_functions  # which puts its programs into the table, too
NAMES = [*MEETINGS]
SOME = [pytest.param(n, marks=[pytest.mark.slow] if k % 4 else []) for k, n in enumerate(NAMES)]
# Hessian products that the source does not take: of drivers inside, and of a power of an array.
DRIVERS = {"driver", "drivers", "gradient", "derivatives", "newton"}
OTHER_MODES = {n: "a rule of its own" for n in NAMES if DRIVERS & {*n.split("_")}}
OTHER_MODES["a_mask_of_an_array_made_of_a_list"] = "no rule for whole arrays"
ALONG = np.array([0.3, -0.7, 0.5, 0.2]), 0.4


def program(name):
    """Return a program, its x, and a tolerance."""
    f, x, _ = MEETINGS[name]
    return f, x.copy(), 1e-12 if x.dtype == np.float64 else 1e-6


def gradient(name, step=0.0):
    """Return the gradient by hand, at a point so many steps ahead."""
    x = MEETINGS[name][1].astype(np.float64)
    return MEETINGS[name][2](x + step * ALONG[0], W + step * ALONG[1])


def along(name, h=1e-5):
    """Return the Hessian times a direction: differences of the gradient by hand."""
    pairs = zip(gradient(name, h), gradient(name, -h), strict=True)
    return [(up - down) / (2 * h) for up, down in pairs]


def agree(found, wanted, tolerance):
    for bar, w in zip(found, wanted, strict=True):
        np.testing.assert_allclose(bar, w, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize("chosen", ["all", "none"])
def test_the_adjoint_and_the_tangent(name, chosen):
    f, x, tolerance = program(name)
    with passes(chosen):
        agree(value_and_grad(f, [x, W], (0, 1))[0][1], gradient(name), tolerance)
    found = value_and_tangent(f, [x, W], (0, 1), ALONG)[0][1]
    x_bar, w_bar = gradient(name)
    assert found == pytest.approx(x_bar @ ALONG[0] + w_bar * ALONG[1], rel=10 * tolerance)


@pytest.mark.parametrize("name", SOME)
def test_hessian_products(name):
    f, x, tolerance = program(name)
    given = [x, W], (0, 1), [ALONG[0].copy(), ALONG[1]]
    if name in OTHER_MODES:
        with pytest.raises(Unsupported, match=OTHER_MODES[name]):
            hessian_product(f, *given)
        return
    found = hessian_product(f, *given)[0]
    agree(found, along(name), max(1e-8, 10 * tolerance))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", ["source", "forward", "tape"])
def test_every_mode(name, mode):
    f, x, tolerance = program(name)
    agree(fastad.grad(f, (0, 1), mode=mode)(x, W), gradient(name), tolerance)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_second_derivatives(name):
    f, x, tolerance = program(name)
    found = fastad.hvp(f, (0, 1))(x, W, ALONG[0].astype(x.dtype), ALONG[1])
    agree(found, along(name), max(1e-8, 10 * tolerance))

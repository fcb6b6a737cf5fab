import numpy as np
import pytest

from fastad import hvp, jvp, vjp


@pytest.mark.parametrize("mode", ["auto", "source", "tape", "forward"])
def test_tangents_and_cotangents_are_real(mode):
    def squares(x):
        return x * x

    x, turned = np.array([1.0, 2.0]), np.array([1j, 2.0])
    with pytest.raises(TypeError, match=r"^fastad: a cotangent is real"):
        vjp(squares, mode=mode)(x, turned)
    with pytest.raises(TypeError, match=r"^fastad: a cotangent is real"):
        vjp(lambda x: (x[0], x[1]), mode=mode)(x, (1.0, 1j))
    for point, along in ((x, turned), (1.0, 1j)):
        with pytest.raises(TypeError, match=r"^fastad: a tangent is real"):
            jvp(squares, mode=mode)(point, along)
    with pytest.raises(TypeError, match=r"^fastad: a tangent is real"):
        hvp(lambda x: x**3, mode=mode)(1.0, 1j)

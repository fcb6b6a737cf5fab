"""The runner tells right numbers from wrong ones, refusals from errors, dead and slow children."""

import pytest
from conformance import run

HEAD = '"""a program for the runner itself"""\nimport os, time\nimport numpy as np\n'
PROGRAMS = {
    "right": ("RIGHT", "def custom(mode):\n    yield mode, True, 1.0\n"),
    "wrong": ("WRONG", "def custom(mode):\n    yield mode, False, 1.0\n"),
    "wrong number": ("WRONG", "make = lambda mode: lambda x: 2 * x\nargs, want = (1.0,), 3.0\n"),
    "wrong shape": (
        "WRONG",
        "make = lambda mode: lambda x: np.ones(2)\nargs, want = (1.0,), np.ones((2, 1))\n",
    ),
    "a tuple too short": (
        "WRONG",
        "make = lambda mode: lambda x: (x,)\nargs, want, no_njit = (1.0,), (1.0, 1.0), True\n",
    ),
    "raises what f raises": (
        "RIGHT",
        "def bad(x):\n    raise ValueError\nmake = lambda mode: bad\n"
        "args, raises, no_njit = (1.0,), ValueError, True\n",
    ),
    "does not raise": (
        "WRONG",
        "make = lambda mode: lambda x: x\nargs, raises, no_njit = (1.0,), ValueError, True\n",
    ),
    "an internal error": ("CRASH", "def custom(mode):\n    raise KeyError('x')\n"),
    "a refusal": ("REFUSED", "def custom(mode):\n    raise TypeError('fastad: cannot')\n"),
    "a dead process": ("CRASH", "def custom(mode):\n    os._exit(3)\n"),
    "too slow": ("SLOW", "def custom(mode):\n    time.sleep(60)\n"),
}


@pytest.mark.parametrize("kind", PROGRAMS)
def test_what_becomes_of_a_program(kind, tmp_path):
    word, body = PROGRAMS[kind]
    path = tmp_path / f"{kind.replace(' ', '_')}.py"
    path.write_text(HEAD + body)
    assert run(path, "auto", limit=2.0 if word == "SLOW" else 60.0).word == word


def test_an_argument_left_otherwise_than_f_leaves_it(tmp_path):
    path = tmp_path / "after.py"
    path.write_text(
        HEAD + "make = lambda mode: lambda x, y: 1.0\nno_njit = True\n"
        "args, want, after = (1.0, np.zeros(2)), 1.0, {1: np.ones(2)}\n"
    )
    assert run(path, "auto").word == "WRONG"

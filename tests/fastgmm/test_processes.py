"""Fresh processes: one cache folder with and without fastad, none at all, and no compiler."""

import os
import subprocess
import sys

import pytest

HELPER = """
import math
from numba import njit

@njit(cache=True)
def soft(x):
    return math.log(1.0 + math.exp(x))

@njit(cache=True)
def loss(x):
    s = 0.0
    for i in range(x.size):
        s += soft(x[i]) * x[i]
    return s
"""
START = """
import sys, warnings
warnings.simplefilter("error")
import numpy as np
x = np.array([0.3, -0.2])
def mixture():
    from fastgmm import make_mixture
    return make_mixture([0.5, 0.5], [[0.0, 0.0], [3.0, 3.0]], [np.eye(2), np.eye(2)])
"""
PROGRAMS = {
    "differentiated": """
import fastad, fastgmm, helper
g = fastad.grad(fastgmm.log_density, mode=MODE)(x, mixture())
np.testing.assert_allclose(g, [-0.29950033, 0.20049967], rtol=1e-6)
np.testing.assert_allclose(fastad.grad(helper.loss, mode=MODE)(x), [1.026688, 0.508106], rtol=1e-5)
""",
    "by itself": """
import fastgmm
assert abs(fastgmm.log_density(x, mixture()) + 2.5958576750321787) < 1e-12
assert abs(fastgmm.log_joint(x, 0, mixture()) + 2.5960242469692907) < 1e-12
assert "fastad" not in sys.modules
""",
    "the helper by itself": """
import helper
assert abs(helper.loss(x) - 0.13667879946423978) < 1e-12
assert "fastad" not in sys.modules
""",
    "the helper of a Dual": """
import fastad, helper, numba
f = numba.njit(lambda x: helper.soft(fastad.Dual(x, 1.0)).tangent)
assert abs(f(0.3) - 0.574442516811659) < 1e-12
""",
}


def run(program, folder, **environment):
    return subprocess.run(
        [sys.executable, "-c", program],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(folder), *sys.path[:1]]),
            "NUMBA_CACHE_DIR": str(folder / "cache"),
            "FASTAD_CACHE_DIR": str(folder / "cache" / "fastad"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("mode", "order"),
    [("forward", (0, 1, 2)), ("forward", (1, 0, 2)), ("forward", (1, 2, 0)), ("tape", (0, 1, 2))],
)
def test_processes_share_a_cache_in_any_order(order, mode, tmp_path):
    (tmp_path / "helper.py").write_text(HELPER)
    names = list(PROGRAMS)[:3]
    for name in [*(names[i] for i in order), *names[1:]]:
        done = run(f"MODE = {mode!r}" + START + PROGRAMS[name], tmp_path)
        assert done.returncode == 0, (name, done.stderr)
        assert not done.stderr


def test_a_jitclass_leaves_nothing_in_a_cache_either(tmp_path):
    (tmp_path / "helper.py").write_text(HELPER)
    for name in ("the helper of a Dual", "the helper by itself"):
        done = run(START + PROGRAMS[name], tmp_path)
        assert done.returncode == 0, (name, done.stderr)


NO_PLACE = """
import logging, sys
logging.basicConfig(level=LEVEL, format="%(name)s: %(message)s")
import pathlib
def full(*_):
    raise OSError(28, "No space left on device")
pathlib.Path.write_bytes = full
import numpy as np, fastad, fastgmm, numba
X = np.random.default_rng(0).normal(size=(60, 2))
gm = fastgmm.GaussianMixture(2, random_state=0).fit(X)
assert np.isfinite(gm.score(X))
assert fastad.grad(numba.njit(lambda x: x[0] * x[0]))(np.ones(1))[0] == 2.0
from fastad.sparse import coloring, pattern
"""


@pytest.mark.parametrize("level", ["INFO", "WARNING"])
def test_without_a_place_for_compiled_code_all_goes_on_and_one_line_says_so(level, tmp_path):
    done = run(NO_PLACE.replace("LEVEL", repr(level)), tmp_path)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("fastgmm:")]
    assert len(lines) == (level == "INFO")
    assert all("compiled code is not kept on disk" in line for line in lines)


@pytest.mark.parametrize("package", ["fastgmm", "fastad"])
def test_no_compiler_is_refused_in_one_line(package, tmp_path):
    done = run(f"import {package}", tmp_path, NUMBA_DISABLE_JIT="1")
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: ")
    assert last.endswith("unset NUMBA_DISABLE_JIT")

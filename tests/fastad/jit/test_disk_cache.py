"""No function's derivative is another's, whoever wrote it to the disk."""

import os
import subprocess
import sys
import textwrap

import pytest

import fastad

# ---- Processes that share a folder ----


def run(folder, program, *arguments):
    """Run a program by itself, with the disk caches in a folder; return what it prints."""
    path = folder / "program.py"
    path.write_text(textwrap.dedent(program))
    environment = os.environ | {
        "FASTAD_CACHE_DIR": str(folder / "cache"),
        "NUMBA_CACHE_DIR": str(folder / "numba"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, str(path), *arguments],
        capture_output=True,
        text=True,
        timeout=600,
        env=environment,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


# Two modules whose functions have the same names, and closures whose module is the same too.
MODULE = """
import numpy as np
from numba import njit

@njit
def loss(x):
    return np.sum({whole})

@njit
def items(x):
    return {whole}

@njit
def number(t):
    return {one}

@njit
def inner(t):
    return {one}

@njit
def calling(x):
    total = 0.0
    for i in range(x.size):
        total += inner(x[i])
    return total
"""

# Every driver of both modules' functions, against numbers by hand.
DRIVERS = """
import importlib
import sys
import numpy as np
import fastad
from fastad import ReplayTape

mode, kinds, *names = sys.argv[1:]
x, v = np.array([1.0, 2.0]), np.array([1.0, -1.0])

def flat(result):
    parts = result if isinstance(result, tuple) else (result,)
    return np.concatenate([np.ravel(p.toarray() if hasattr(p, "toarray") else p) for p in parts])

for name in names:
    m = importlib.import_module(name)
    y, d, dd = (x * x, 2 * x, 2 + 0 * x) if name == "moda" else (np.exp(x),) * 3
    cases = {
        "grad": (m.loss, (x,), d),
        "value_and_grad": (m.calling, (x,), (y.sum(), d)),
        "hessian": (m.loss, (x,), np.diag(dd)),
        "hvp": (m.loss, (x, v), dd * v),
        "jacobian": (m.items, (x,), np.diag(d)),
        "vjp": (m.items, (x, v), (y, d * v)),
        "jvp": (m.items, (x, v), (y, d * v)),
        "derivative": (m.number, (1.0,), d[0]),
        "replayed": (m.calling, (ReplayTape(), x), (y.sum(), d)),
        "sparse_jacobian": (m.items, (x,), np.diag(d)),
        "sparse_hessian": (m.calling, (x,), np.diag(dd)),
    }
    for kind in kinds.split(","):
        f, arguments, wanted = cases[kind]
        no_mode = kind.startswith(("replayed", "sparse"))
        g = getattr(fastad, kind)(f, **({} if no_mode else {"mode": mode}))
        got = g(*arguments)
        np.testing.assert_allclose(flat(got), flat(wanted), rtol=1e-12, err_msg=f"{name} {kind}")
        print(sum(g.stats.cache_hits.values()) if hasattr(g, "stats") else "-")
"""


def two_modules(folder):
    (folder / "moda.py").write_text(MODULE.format(whole="x * x", one="t * t"))
    (folder / "modb.py").write_text(MODULE.format(whole="np.exp(x)", one="np.exp(t)"))


def three_processes(folder, mode, kinds):
    two_modules(folder)
    for alone in ("moda", "modb"):
        assert set(run(folder, DRIVERS, mode, kinds, alone)) <= {"0", "-"}
    for order in (("moda", "modb"), ("modb", "moda")):
        hits = run(folder, DRIVERS, mode, kinds, *order)
        if "replayed" not in kinds:  # code with a tape's address in it is not kept
            assert "0" not in hits


@pytest.mark.parametrize("mode", ["auto", "forward"])
def test_three_processes(tmp_path, mode):
    three_processes(tmp_path, mode, "grad,value_and_grad")


FIRST = "grad,value_and_grad,vjp,jacobian"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "kinds"),
    [
        ("auto", f"{FIRST},hessian,hvp,jvp,derivative"),
        ("source", f"{FIRST},hessian,hvp,jvp,derivative"),
        ("forward", f"{FIRST},hessian,hvp,jvp,derivative"),
        ("tape", f"{FIRST},hessian,hvp"),
        ("auto", "replayed,sparse_jacobian,sparse_hessian"),
    ],
)
def test_three_processes_with_all_drivers(tmp_path, mode, kinds):
    three_processes(tmp_path, mode, kinds)


FORKED = """
import os
import moda, modb
import numpy as np
import fastad

for m in (moda, modb):
    child = os.fork()
    if child == 0:
        fastad.grad(m.loss)(np.array([1.0, 2.0]))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_children_of_one_process(tmp_path):
    two_modules(tmp_path)
    run(tmp_path, FORKED)
    assert run(tmp_path, DRIVERS, "auto", "grad", "moda", "modb") == ["1", "1"]


EDITED = """
import numpy as np
import fastad
import loss
print(*fastad.grad(loss.loss)(np.array([1.0, 2.0])))
"""


def test_two_versions_of_one_file_of_one_size_and_time(tmp_path):
    path = tmp_path / "loss.py"
    for factor in (2, 3, 2):
        path.write_text(f"def loss(x):\n    return {factor} * x.sum()\n")
        os.utime(path, (1e9, 1e9))
        assert run(tmp_path, EDITED) == [f"{factor}.0 {factor}.0"]


# A global that changes between `grad` and the first call is compiled as it is then.
CHANGED = """
import sys
import numpy as np
import fastad

TABLE, FACTOR = np.zeros(2), 1.0

def loss(x):
    return FACTOR * (TABLE * x).sum()

g = fastad.grad(loss)
if sys.argv[1] != "0":
    TABLE[:] = float(sys.argv[1])
    FACTOR = 2.0
print(*g(np.ones(2)))
"""


def test_a_global_that_changes_before_the_first_call(tmp_path):
    for given, wanted in (("3", "6.0 6.0"), ("0", "0.0 0.0"), ("3", "6.0 6.0")):
        assert run(tmp_path, CHANGED, given) == [wanted]


# What was compiled with an old global goes on with it: no derivative is of the new one, or kept.
FROZEN = """
import sys
import numba
import numpy as np
import fastad

FACTOR = TWICE = 2.0

@numba.njit
def helper(x):
    return FACTOR * x

@numba.njit
def loss(x):
    return helper(x[0]) + TWICE * x[0]

x = np.ones(1)
if sys.argv[1] != "early":
    loss(x)
    globals()[sys.argv[1]] = 3.0
else:
    FACTOR = TWICE = 3.0
for mode in ("auto", "source", "forward", "tape"):
    g = fastad.value_and_grad(loss, mode=mode)
    try:
        print(g(x)[1][0])
    except TypeError as error:
        print(str(error).partition(": ")[2].partition("): ")[2].partition(";")[0])
helper.recompile()
loss.recompile()
print(fastad.value_and_grad(loss)(x)[1][0])
"""


def test_a_global_that_changed_after_a_function_was_compiled(tmp_path):
    for name, function in (("FACTOR", "helper"), ("TWICE", "loss"), ("FACTOR", "helper")):
        said = f"{function} was compiled when {name} was 2.0, and does not see that it is 3.0 now"
        assert run(tmp_path, FROZEN, name) == [said] * 4 + ["5.0"]
        assert run(tmp_path, FROZEN, "early") == ["6.0"] * 5


INLINED = """
import sys
import numba
import numpy as np
import fastad
import other

SCALE = 2.0

@numba.njit
def loss(x):
    return SCALE * other.scaled(x[0])

x = np.ones(1)
loss(x)
print(fastad.value_and_grad(loss)(x)[1][0])
SCALE = 4.0
try:
    fastad.grad(loss)(x)
except TypeError as error:
    print("SCALE was 2.0" in str(error).replace("when SCALE", "SCALE"))
"""
OTHER = """
import numba

SCALE = 3.0

@numba.njit(inline="always")
def scaled(v):
    return SCALE * v
"""


def test_a_global_of_a_function_that_numba_inlines_is_not_the_callers(tmp_path):
    (tmp_path / "other.py").write_text(OTHER)
    assert run(tmp_path, INLINED) == ["6.0", "True"]


# The user's own function is kept by Numba, with what it calls: not by an address of this process.
KEPT_BY_NUMBA = """
import warnings
import numba
import numpy as np
import fastad

def f(x):
    return np.sum(x * x * x)

g = fastad.replayed(f)

@numba.njit(cache=True)
def many(x):
    tape, total = fastad.ReplayTape(), 0.0
    for i in range(3):
        total += g(tape, x + i)[1][0]
    return total

with warnings.catch_warnings(record=True):  # Numba says that it does not keep it
    print(many(np.ones(2)))
"""


def test_a_function_with_a_tape_that_is_cached_by_its_author(tmp_path):
    for _ in range(2):
        assert run(tmp_path, KEPT_BY_NUMBA) == ["42.0"]


def test_symbols_are_of_this_process_alone():
    g = fastad.derivative(lambda x: 2.0 * x)
    g(1.0)
    (compiled,) = g.overloads.values()
    assert compiled.fndesc.uid >= 1 << 63

"""What `import fastad` brings: its names, a version, and no work."""

import subprocess
import sys

PROGRAM = """
import sys
import numba, numpy, scipy
loaded = set(sys.modules)
import fastad
from numba.core.dispatcher import Dispatcher

assert "fastgmm" not in sys.modules
assert "fastad.testing" not in sys.modules
assert not {"matplotlib", "IPython"} & (set(sys.modules) - loaded)
for name, module in list(sys.modules.items()):
    for d in vars(module).values() if name.startswith("fastad.") else ():
        assert not isinstance(d, Dispatcher) or not d.signatures, (name, d, "was compiled")
assert dir(fastad) == sorted({*fastad.__all__, "custom", "interop", "rules", "testing"})
assert len(set(fastad.__all__)) == len(fastad.__all__)
assert all(hasattr(fastad, name) for name in dir(fastad))
assert callable(fastad.testing.check_grads)
assert {"grad", "draw_graph", "show", "sin", "__version__"} <= set(dir(fastad))
assert not {"FUNCTIONS", "import_module", "jit", "source"} & set(dir(fastad))
try:
    fastad.gradient
except AttributeError as error:
    assert "no attribute 'gradient'" in str(error)
else:
    raise AssertionError("fastad.gradient is there")
"""


def test_import_does_no_work_and_dir_shows_the_api():
    out = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert (out.returncode, out.stdout, out.stderr) == (0, "", "")

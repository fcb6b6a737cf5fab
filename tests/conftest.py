import gc
import os

import pytest
from hypothesis import settings

# An internal error of a mode is a bug, and no reason to take the next one.
os.environ.setdefault("FASTAD_RAISE", "1")

# A first example may have to compile: no deadline.
settings.register_profile("compiling", deadline=None)
settings.load_profile("compiling")

# Importing it differentiates, in every process of the tests.
collect_ignore = ["support/conformance_warm.py"]

# Compiling makes objects by the million, few of them in cycles: looking for these less often takes
# a tenth off the time of compiling two gradients.
gc.set_threshold(50_000, 20, 50)


@pytest.fixture(autouse=True)
def _threads_by_default():
    """Leave the number of threads as it was found, whatever a test sets."""
    yield
    from fastgmm import set_num_threads

    set_num_threads(None)


def pytest_addoption(parser):
    parser.addoption(
        "--shard",
        metavar="K/N",
        help="run the K-th of N parts of the tests that are chosen; of the slow ones, say",
    )


@pytest.hookimpl(trylast=True)  # after -m and -k have chosen
def pytest_collection_modifyitems(config, items):
    if config.getoption("--shard"):
        k, n = map(int, config.getoption("--shard").split("/"))
        kept = set(items[k - 1 :: n])
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = [item for item in items if item in kept]

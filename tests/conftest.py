import os

import pytest
from hypothesis import settings

# An internal error of a mode is a bug, and no reason to take the next one.
os.environ.setdefault("FASTAD_RAISE", "1")

# A first example may have to compile: no deadline.
settings.register_profile("compiling", deadline=None)
settings.load_profile("compiling")


@pytest.fixture(autouse=True)
def _threads_by_default():
    """Leave the number of threads as it was found, whatever a test sets."""
    yield
    from fastgmm import set_num_threads

    set_num_threads(None)

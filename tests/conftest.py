import pytest


@pytest.fixture(autouse=True)
def _threads_by_default():
    """Leave the number of threads as it was found, whatever a test sets."""
    yield
    from fastgmm import set_num_threads

    set_num_threads(None)

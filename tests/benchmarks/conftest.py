"""The hot functions are timed only when asked for: ``pytest tests/benchmarks --benchmark-only``."""

from pages import browser  # noqa: F401


def pytest_collection_modifyitems(config, items):
    if config.getoption("benchmark_only", default=False):
        return
    timed = [item for item in items if "benchmark" in getattr(item, "fixturenames", ())]
    if timed:
        config.hook.pytest_deselected(items=timed)
        items[:] = [item for item in items if item not in timed]

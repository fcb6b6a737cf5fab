"""Random programs as functions, and what they are given."""

import importlib.util

import numpy as np
import programs


def arguments(seed):
    """Return values for (x, m, a, n)."""
    rng = np.random.default_rng(seed)
    return (
        rng.uniform(-1.2, 1.2, programs.N),
        rng.uniform(-1.2, 1.2, (3, 4)),
        float(rng.uniform(-1, 1)),
        int(rng.integers(1, 5)),
    )


def load(source, folder, name):
    """Return the function ``f`` of a module's source; ``f.pack`` makes its arguments of ours."""
    path = folder / f"{name}.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.f.pack = getattr(module, "pack", None)
    return module.f


def copies(values):
    """Return values, arrays among them copied."""
    return [v.copy() if hasattr(v, "copy") else v for v in values]

"""Stored results: JSON files in ``benchmarks/results/``, each with where and when it was measured.

The report page and the README's tables are drawn from these files alone.
"""

import contextlib
import datetime
import importlib.metadata
import json
import math
import os
import platform
import subprocess
from pathlib import Path

import fastgmm

from . import common

FOLDER = Path(__file__).parents[1] / "results"
PACKAGES = ("numba", "numpy", "scipy", "scikit-learn", "autograd", "jax", "torch", "casadi")


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    names = (fields.get("model name"), fields.get("cpu family"), fields.get("model"))
    vectors = "AVX-512" if "avx512f" in fields.get("flags", "") else "no AVX-512"
    return f"{names[0]} (family {names[1]}, model {names[2]}, {vectors})"


def _caches():
    folder = Path("/sys/devices/system/cpu/cpu0/cache")
    sizes = {}
    for index in sorted(folder.glob("index*")):
        read = {n: (index / n).read_text().strip() for n in ("level", "type", "size")}
        if read["type"] != "Instruction":
            sizes[f"L{read['level']}"] = read["size"]
    return sizes


def _versions():
    found = {}
    for name in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def _commit():
    try:
        git = ("git", "-C", str(FOLDER.parent), "log", "-1", "--format=%h %cs")
        return subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def machine():
    """Return a description of the machine and of the software: a dict of texts and numbers."""
    import threadpoolctl

    blas = {
        f"{info['internal_api']} {info['version']} ({info.get('architecture')})"
        for info in threadpoolctl.threadpool_info()
        if info["user_api"] == "blas"
    }
    return {
        "processor": _processor(),
        "cores": common.N_THREADS,
        "caches": _caches(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "python": platform.python_version(),
        "blas": sorted(blas),
        "versions": {"fastgmm": fastgmm.__version__, **_versions()},
        "commit": _commit(),
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def _rounded(value):
    """Return the entries with floats of ten digits, and without what JSON has no word for."""
    if isinstance(value, float):
        return float(f"{value:.10g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    if isinstance(value, str):  # an error's message may name a file
        return value.replace(f"{FOLDER.parent.parent}/", "")
    return value


def save(name, entries):
    """Write entries (lists and dicts of texts and numbers) with the machine to NAME.json."""
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps({"machine": machine(), "entries": _rounded(entries)}, indent=1)
    (FOLDER / f"{name}.json").write_text(text + "\n")


def load(name):
    """Return ``{"machine", "entries"}`` of a file; FileNotFoundError says how to make it."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        raise FileNotFoundError(
            f"no {path}: docs/benchmarks.md names the command that measures and stores it"
        )
    return json.loads(path.read_text())

"""``cache``, of ``python -m fastgmm`` and of fastad: show where compiled code is, or clear it."""

import contextlib
import re

from numba.core.registry import cpu_target

from .store import PACKAGES, SUFFIX, folders, places, processor, remove

# The drivers' source, and which modes do not compile: by name, fingerprint and a hash of the text.
# A process that was killed leaves a file that it had not written to its end.
_GENERATED = re.compile(r"\w+_[0-9a-f]{20}_[0-9a-f]{12}\.(py|json)(\.[0-9a-f]{16}\.tmp)?")


def add_cache(commands):
    """Add the parser of ``cache`` to the subparsers of a command line, and return it."""
    cache = commands.add_parser(
        "cache",
        help="show where compiled code is kept, or clear it",
        description="Show where the compiled code of fastgmm and fastad is kept, a line for each "
        "version and processor that it is for, the last used first.",
    )
    cache.add_argument("--clear", action="store_true", help="remove it, and nothing else")
    return cache


def report(clear=False):
    """Return lines that say what there is of both packages, or what was removed."""
    lines = [] if clear else [f"this processor is {_this_processor()}"]
    for package in PACKAGES:
        found = places(package)
        lines += [] if found else [f"{package}: no place for it: there is no home folder"]
        for place in found:
            lines += _cleared(package, place) if clear else _listed(package, place)
    return lines


def _this_processor():
    return cpu_target.target_context.codegen().magic_tuple()[1]


def _listed(package, place):
    there = folders(place)
    yield f"{package}: {place}" + ("" if there else " (empty)")
    for folder in there:
        with contextlib.suppress(OSError):  # another process removes it
            sizes = [path.stat().st_size for path in folder.glob(f"*{SUFFIX}")]
            yield f"  {processor(folder):20} {_amount(len(sizes), sum(sizes))}  {folder.name}"


def _cleared(package, place):
    removed = [remove(folder) for folder in folders(place)]
    removed += [_unlink(path) for path in _generated(place)] if package == "fastad" else []
    yield f"{package}: removed {_amount(*map(sum, zip((0, 0), *removed, strict=True)))} of {place}"


def _generated(place):
    try:
        return [path for path in place.iterdir() if _GENERATED.fullmatch(path.name)]
    except OSError:
        return []


def _unlink(path):
    """Remove a file; return how many that was, and the bytes."""
    try:
        size = path.stat().st_size
        path.unlink()
    except OSError:
        return 0, 0
    return 1, size


def _amount(n, size):
    return f"{n:5} file{'s' if n != 1 else ' '} {size / 1e6:8.1f} MB"

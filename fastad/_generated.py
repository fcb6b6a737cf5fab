"""Compile the drivers' generated source, kept in a file where Numba can cache its code.

The file's name holds a hash of everything that the derivative is made from: the function's
name, bytecode and constants, those of all functions it calls, this package's source and
Numba's version.  Numba's own cache would miss a change in any file but the one it compiles.
"""

import contextlib
import functools
import hashlib
import json
import linecache
import os
import sys
import tempfile
import types
from pathlib import Path

import numba
import numpy as np
from numba.core import types as numba_types
from numba.core.dispatcher import Dispatcher, _FunctionCompiler
from numba.core.errors import NumbaError
from numba.core.registry import CPUDispatcher
from numba.core.sigutils import normalize_signature

from ._disk import OwnCache, keep_on_disk
from .tape_types import is_recorded

_STABLE = {"math", "numpy", "numba", "scipy", "builtins", "cmath", "operator"}

_PLAIN = type(None) | bool | int | float | complex | str | bytes | np.generic


class _CannotName(Exception):
    """Something that a function uses has no lasting name to hash, or cannot be kept on disk."""


def python_function(f):
    """Return the plain function behind a function or an @njit dispatcher."""
    return getattr(f, "py_func", f)


def fingerprint(f):
    """Return a hash of what a function computes, or None where that cannot be told."""
    digest = hashlib.sha256()
    digest.update(repr((_package(), numba.__version__, sys.version_info)).encode())
    try:
        _feed(digest, f, set())
    except _CannotName:
        return None
    return digest.hexdigest()[:20]


@functools.cache
def _package():
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _is_stable(function):
    """Tell whether a function changes only with the library it belongs to."""
    if str(function.__code__.co_filename).startswith(str(Path(__file__).parent) + os.sep):
        return True
    return (function.__module__ or "").split(".")[0] in _STABLE


def _feed(digest, value, seen):
    if isinstance(value, ByTypes):
        if value in seen:
            return
        seen.add(value)
        _feed(digest, value.identity(), seen)
        return
    if isinstance(value, Dispatcher):
        digest.update(repr(sorted(value.targetoptions.items(), key=str)).encode())
        value = value.py_func
    if isinstance(value, types.FunctionType):
        if (value, "begun") in seen and value not in seen:
            raise _CannotName  # recursion: Numba's code for it crashes when read from disk
        if value in seen or _is_stable(value):
            digest.update(value.__qualname__.encode())
            return
        seen.add((value, "begun"))
        filename = value.__code__.co_filename
        if not (filename.startswith("<fastad ") or os.path.isfile(filename)):
            raise _CannotName  # typed at a prompt or in a notebook
        # The cached code imports the function's module by its name when it is loaded.
        digest.update(repr((value.__module__, value.__qualname__, filename)).encode())
        _feed_code(digest, value.__code__, value.__globals__, seen)
        for cell in value.__closure__ or ():
            _feed(digest, cell.cell_contents, seen)
        for default in value.__defaults__ or ():
            _feed(digest, default, seen)
        seen.add(value)
    elif isinstance(value, types.CodeType):
        digest.update(value.co_code)
    elif isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
        digest.update(repr((value.shape, value.dtype.str)).encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, tuple):
        digest.update(f"tuple {len(value)}".encode())
        for item in value:
            _feed(digest, item, seen)
    elif value is None or isinstance(
        value, bool | int | float | complex | str | bytes | np.generic
    ):
        digest.update(repr(value).encode())
    elif isinstance(value, type | types.BuiltinFunctionType | np.ufunc):
        digest.update(f"{getattr(value, '__module__', '')}.{value.__name__}".encode())
    elif isinstance(value, types.ModuleType):
        digest.update(value.__name__.encode())
    elif (getattr(value, "__module__", None) or "").split(".")[0] in _STABLE:
        digest.update(repr(getattr(value, "__qualname__", type(value))).encode())
    else:
        raise _CannotName


def _feed_code(digest, code, scope, seen):
    digest.update(code.co_code + repr((code.co_names, code.co_varnames)).encode())
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            _feed_code(digest, constant, scope, seen)
        else:
            _feed(digest, constant, seen)
    for name in code.co_names:
        if name not in scope:
            continue
        value = scope[name]
        _feed(digest, value, seen)
        if isinstance(value, types.ModuleType) and value.__name__.split(".")[0] not in _STABLE:
            for attribute in code.co_names:  # module.helper(...): the helper counts too
                if attribute != name and hasattr(value, attribute):
                    _feed(digest, getattr(value, attribute), seen)


def cache_folder():
    """Return where generated source is kept: ``FASTAD_CACHE_DIR``, or the user's cache."""
    chosen = os.environ.get("FASTAD_CACHE_DIR")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        root = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches"
    else:
        root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "fastad"


def _write(name, key, source):
    """Write the source once and return its path, or None where that is not possible."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    path = cache_folder() / f"{name}_{key}_{digest}.py"
    with contextlib.suppress(OSError):
        if path.exists():
            return path
    return path if _replace(path, source) else None


def _replace(path, text):
    """Write a file, whole or not at all whoever else writes it; tell whether that was possible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        with os.fdopen(handle, "w") as file:
            file.write(text)
        os.replace(temporary, path)
    except (OSError, RuntimeError):
        return False
    return True


def execute(name, key, source, namespace, described):
    """Return the function ``name`` of some source, and whether it is kept in a file."""
    path = None if key is None else _write(name, key, source)
    filename = str(path) if path else f"<fastad {name} of {described}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    scope = {"__name__": __name__, **namespace}
    exec(compile(source, filename, "exec"), scope)
    return scope[name], path is not None


class Failures:
    """Which modes' code does not compile, for which types of the arguments, and why.

    Kept beside the code that the disk cache holds instead, so that `Driver.mode` tells the
    truth of it in the next process too.
    """

    def __init__(self):
        self.known, self.path = {}, None

    def keep_at(self, path):
        """Read what is known, and write what becomes known, at a path."""
        self.path = path
        with contextlib.suppress(OSError, ValueError):
            self.known = json.loads(path.read_text())

    def of(self, argument_types):
        """Return mode -> reason."""
        return self.known.get(str(argument_types), {})

    def note(self, argument_types, mode, reason):
        self.known.setdefault(str(argument_types), {})[mode] = reason

    def save(self):
        if self.path is not None:
            _replace(self.path, json.dumps(self.known))


class _Cache(OwnCache):
    """The disk cache, without code that holds addresses: of a tape's Vars, of jitclasses."""

    def save_overload(self, sig, data):
        if not any(
            taped(t) or isinstance(t, numba_types.ClassInstanceType) for t in data.signature.args
        ):
            super().save_overload(sig, data)


def taped(t):
    """Tell whether Vars are in values of a Numba type."""
    if isinstance(t, numba_types.BaseTuple):
        return any(map(taped, t))
    return is_recorded(t.dtype if isinstance(t, numba_types.Array) else t)


class _CompilerByTypes(_FunctionCompiler):
    implementation = None

    def _get_implementation(self, args, kws):
        return self.implementation(args)


class ByTypes(CPUDispatcher):
    """An @njit function whose source is chosen, or written, for the types of its arguments."""

    # Its signatures are different functions: one may call another while that is compiled.
    is_compiling = False

    def __init__(self, py_func, targetoptions):
        super().__init__(py_func=py_func, locals={}, targetoptions=targetoptions)
        self._compiler.__class__ = _CompilerByTypes
        self._compiler.implementation = self.implementation

    def implementation(self, argument_types):
        """Return the function to be compiled for some types."""
        raise NotImplementedError

    def inlined(self):
        """Return the same function, to be merged into its caller by the compiler."""
        raise NotImplementedError

    def identity(self):
        """Return what the function is made of, as a tuple to be hashed."""
        raise NotImplementedError


class Driver(ByTypes):
    """What a driver of fastad returns: an @njit function.

    Attributes
    ----------
    mode, why : str
        How the signatures compiled so far are differentiated, and the reason.
    source : str
        Their source, one after the other.
    """

    def __init__(self, py_func, targetoptions, parts):
        super().__init__(py_func, targetoptions)
        self.parts = parts

    def implementation(self, argument_types):
        parts = self.parts
        choice = parts.choose(argument_types)
        source, namespace = choice.source, choice.namespace
        return execute(self.__name__, parts.key, source, namespace, parts.described)[0]

    def compile(self, sig):
        try:
            return super().compile(sig)
        except NumbaError as error:
            types_given = normalize_signature(sig)[0]
            if not self.parts.give_up(types_given, error):
                raise
            self._compiler._failed_cache.clear()  # the next try is of other source
            return super().compile(sig)

    def inlined(self):
        return Driver(self.py_func, self.targetoptions | {"forceinline": True}, self.parts)

    def identity(self):
        return self.parts.recipe[1]

    def _chosen(self):
        return [self.parts.choose(sig) for sig in self.signatures]

    @property
    def mode(self):
        return ", ".join(dict.fromkeys(c.mode for c in self._chosen())) or self.parts.requested

    @property
    def why(self):
        reasons = dict.fromkeys(c.why for c in self._chosen())
        return "; ".join(reasons) or "not called yet: the types of the arguments decide"

    @property
    def source(self):
        return "\n\n".join(dict.fromkeys(c.source for c in self._chosen()))

    def __reduce__(self):
        return self.parts.recipe


def build(name, source, namespace, f, choose, give_up, requested, recipe):
    """Return the @njit function ``name`` whose body is chosen by its arguments' types.

    Parameters
    ----------
    name : str
    source : str
        A function without a body, that gives name, parameters and defaults, and whose text
        tells it from any other made of f: the disk cache knows it by this.
    namespace : dict
        The source's globals.
    f : callable
        The user's function that the bodies call.
    choose : callable
        From a tuple of Numba types to an object with ``source``, ``namespace``, ``mode``
        and ``why``.
    give_up : callable
        From a tuple of Numba types and an error: whether ``choose`` now chooses otherwise.
    requested : str
        What `Driver.mode` is before the first call.
    recipe : (callable, tuple)
        What makes the function again, to pickle it.

    Returns
    -------
    Driver
        Cached on disk where f has a fingerprint.
    """
    key, described = fingerprint(f), python_function(f).__qualname__
    declared, kept = execute(name, key, source, namespace, described)
    parts = types.SimpleNamespace(
        choose=choose,
        give_up=give_up,
        key=key,
        described=described,
        requested=requested,
        recipe=recipe,
    )
    g = Driver(declared, {"nopython": True, "boundscheck": None}, parts)
    return keep_on_disk(g, _Cache) if kept else g

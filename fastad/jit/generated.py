"""Compile the drivers' generated source, kept in a file.

The key of a compiled derivative on disk has three parts:

* the folder: fastad's own source, the versions, Numba's settings and the processor
  (`_fastcache.store`);
* the driver's name, the fingerprint of the user's function with all that it refers to
  (`fastad.jit.fingerprint`), and a hash of the driver's declaration, which names the kind of
  derivative, argnums, mode and chunk_size: these three name the file of generated source, too;
* the types of the arguments (`_fastcache.signatures`).
"""

import contextlib
import functools
import hashlib
import inspect
import json
import linecache
import types
from pathlib import Path
from typing import NamedTuple

from numba.core import types as numba_types
from numba.core.caching import NullCache
from numba.core.dispatcher import _FunctionCompiler
from numba.core.errors import ForceLiteralArg
from numba.core.registry import CPUDispatcher
from numba.core.sigutils import normalize_signature

from _fastcache.notice import announce
from _fastcache.overloads import OverloadCache
from _fastcache.store import places, replace

from ..refusals import Misuse, Refusal
from . import recursion, symbols
from .disk import STORE
from .fingerprint import fingerprint, python_function


def cache_folder():
    """Return the folder of generated source and compiled code; None if there is no home folder."""
    return next(iter(places("fastad")), None)


def _write(name, key, source):
    """Write the source to its file, unless it is there; return the path, or None if it fails."""
    digest, folder = hashlib.sha256(source.encode()).hexdigest()[:12], cache_folder()
    if folder is None:
        return None
    path = folder / f"{name}_{key}_{digest}.py"
    with contextlib.suppress(OSError):
        if path.read_bytes() == source.encode():
            return path
    return path if replace(path, source.encode()) else None


def execute(name, key, source, namespace, described):
    """Return the function ``name`` that a source defines, and whether a file keeps the source."""
    path = None if key is None else _write(name, key, source)
    filename = str(path) if path else _unused(f"fastad {name} of {described}", source)
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    scope = {"__name__": __name__, **namespace}
    exec(compile(source, filename, "exec"), scope)
    return scope[name], path is not None


def _unused(title, source):
    """Return a file name for a source in no file, which no other source has.

    Two functions may have the same name, and Numba reads the sources of their drivers again.
    """
    filename, k = f"<{title}>", 1
    while "".join(linecache.cache.get(filename, (0, None, [source]))[2]) != source:
        filename, k = f"<{title}, {k}>", k + 1
    return filename


class Attempt(NamedTuple):
    """A mode, and whether it runs the function that was generated from f's source, or f itself."""

    mode: str
    lowered: bool = False


class Failures:
    """Which attempts' code does not compile, for which types of the arguments, and why.

    They are kept on disk beside the code, which is that of another attempt, so that `Driver.mode`
    is right in the next process, too.
    """

    def __init__(self):
        self.known, self.path = {}, None

    def keep_at(self, path):
        """Read failures from a file, to which `save` will write."""
        self.path = path
        with contextlib.suppress(OSError, ValueError):
            for argument_types, *attempt, why in json.loads(path.read_text()):
                self.note(argument_types, Attempt(*attempt), why)

    def of(self, argument_types):
        """Return attempt -> reason."""
        return self.known.get(str(argument_types), {})

    def note(self, argument_types, attempt, reason):
        self.known.setdefault(str(argument_types), {})[attempt] = reason

    def save(self):
        if self.path is not None:
            rows = [(t, *a, why) for t, known in self.known.items() for a, why in known.items()]
            replace(self.path, json.dumps(rows).encode())


def _holds_address(t):
    """Tell whether values of a type hold an address: of jitclasses, and of Vars."""
    if isinstance(t, numba_types.BaseTuple):
        return any(map(_holds_address, t))
    item = t.dtype if isinstance(t, numba_types.Array) else t
    return isinstance(t, numba_types.ClassInstanceType) or getattr(item, "holds_address", False)


class _Cache(OverloadCache):
    """The disk cache of a driver, which keeps no code whose arguments hold addresses."""

    def may_keep(self, compiled):
        return (
            super().may_keep(compiled)
            and not any(map(_holds_address, compiled.signature.args))
            and symbols.are_unique(compiled.library)
        )


def disk_cache(function, kept):
    """Return the disk cache of a generated function; a null cache if its source is in no file."""
    if kept and symbols.KNOWN:
        return _Cache(STORE, Path(function.__code__.co_filename).stem)
    return NullCache()


class _CompilerByTypes(_FunctionCompiler):
    implementation = None

    def _get_implementation(self, args, kws):
        return self.implementation(args)

    def compile(self, args, return_type):
        compiled = super().compile(args, return_type)
        recursion.check(compiled)  # before the disk cache takes it
        return compiled


class ByTypes(CPUDispatcher):
    """An @njit function whose source is chosen, or written, for the types of its arguments."""

    # Its signatures are different functions: one may be called while another is being compiled.
    is_compiling = False

    def __init__(self, py_func, targetoptions):
        super().__init__(py_func=py_func, locals={}, targetoptions=targetoptions)
        self._compiler.__class__ = _CompilerByTypes
        self._compiler.implementation = self.implementation

    def _compile_for_args(self, *args, **kws):
        try:
            return super()._compile_for_args(*args, **kws)
        except (Misuse, Refusal) as error:
            raise error.with_traceback(None) from None  # without the frames of Numba

    def implementation(self, argument_types):
        """Return the plain function to be compiled for some types."""
        raise NotImplementedError

    def inlined(self):
        """Return the same function with the option that LLVM inlines it into its caller."""
        raise NotImplementedError

    def identity(self):
        """Return what the function is made of, for its fingerprint."""
        raise NotImplementedError


class MadeOf(NamedTuple):
    """What a driver was made of: the arguments of `fastad.drivers.choose.make`."""

    kind: str
    f: object
    argnums: object
    mode: str
    chunk_size: object


class Driver(ByTypes):
    """What a driver of fastad returns: an @njit function.

    Attributes
    ----------
    mode, why : str
        The modes of the signatures compiled so far, and the reasons.
    source : str
        Their sources, one after the other.
    """

    def __init__(self, py_func, targetoptions, parts):
        super().__init__(py_func, targetoptions)
        self.parts, self.key, self._compiled = parts, None, False

    def implementation(self, argument_types):
        choice = self.parts.choose(argument_types)
        source, namespace = choice.source, choice.namespace
        return execute(self.__name__, self.key, source, namespace, self.parts.described)[0]

    def compile(self, sig):
        given = normalize_signature(sig)[0]
        if tuple(given) in self.overloads:
            return super().compile(sig)
        self._look()
        while True:
            try:
                return super().compile(sig)
            except (ForceLiteralArg, Misuse, Refusal):
                raise
            except Exception as error:
                self.parts.give_up(given, error)  # raises where there is no other source to try
                self._compiler._failed_cache.clear()

    def _look(self):
        """Choose the disk cache by the fingerprint that f has now: a global may have changed.

        If it is not that of an earlier signature, nothing is kept any more: functions that f calls
        may have been compiled for the old value.
        """
        key = fingerprint(self.parts.f)
        if not self._compiled:
            self._compiled, self.key = True, key
            if "forceinline" not in self.targetoptions:
                self._cache = self.parts.keep(key)
        elif key != self.key:
            self._cache = NullCache()
        kept = not isinstance(self._cache, NullCache)
        page = "docs/derivatives/inside.md"
        how_often = "for this machine, once" if kept else f"in each process, see {page}"
        announce(self, f"fastad: compiling {self.__name__} {how_often} ...")

    @functools.cached_property
    def rule(self):
        """The rule for its derivative, for functions that call it."""
        return self.parts.rule(self)

    @property
    def stale(self):
        """Whether f has changed since the first signature was compiled."""
        return self.key != fingerprint(self.parts.f)

    def inlined(self):
        return Driver(self.py_func, self.targetoptions | {"forceinline": True}, self.parts)

    def identity(self):
        return self.made_of

    @property
    def made_of(self):
        """What the driver was made of: a `MadeOf`."""
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

    def __repr__(self):
        line, _, plan = self.parts.shown
        return line(plan)

    def __str__(self):
        # Before it has its parts, while it is made, Numba names its type by it: that is its own.
        return repr(self) if hasattr(self, "parts") else super().__repr__()

    @property
    def _numba_type_(self):
        return self._type

    def _repr_html_(self):
        _, table, plan = self.parts.shown
        return table(plan)


def build(name, source, namespace, f, failures, choose, give_up, requested, recipe, rule):
    """Return the driver ``name``, whose body is chosen by its arguments' types.

    Parameters
    ----------
    name : str
    source : str
        A function without a body: its name, parameters and defaults. The text must differ from that
        of any other driver of f, as its hash is a part of the disk cache's key.
    namespace : dict
        The source's globals.
    f : callable
        The user's function that the bodies call.
    failures : Failures
        Those of this driver, kept beside the code on disk.
    choose : callable
        From a tuple of Numba types to an object with ``source``, ``namespace``, ``mode``
        and ``why``.
    give_up : callable
        Takes a tuple of Numba types and an error, and makes ``choose`` choose otherwise; or raises
        if there is no other choice.
    requested : str
        What `Driver.mode` is before the first call.
    recipe : (callable, MadeOf)
        What makes the driver again, for pickle.
    rule : callable
        From the driver to its `fastad.custom.CustomRule`.

    Returns
    -------
    Driver
        Cached on disk if f has a fingerprint.
    """
    described = python_function(f).__qualname__

    def keep(key):
        function, kept = execute(name, key, source, namespace, described)
        if kept:
            failures.keep_at(Path(function.__code__.co_filename).with_suffix(".json"))
        return disk_cache(function, kept)

    declared = execute(name, None, source, namespace, described)[0]
    parts = types.SimpleNamespace(
        f=f,
        keep=keep,
        choose=choose,
        give_up=give_up,
        described=described,
        requested=requested,
        recipe=recipe,
        rule=rule,
        parameters=list(inspect.signature(declared).parameters),
    )
    return Driver(declared, {"nopython": True, "boundscheck": None}, parts)

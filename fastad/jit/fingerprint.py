"""A hash of what a function computes: the part of the disk cache's key that stands for it.

(The whole key is described in `fastad.jit.generated`.)  Everything that the function's code refers
to is hashed by its content: other functions, constants, arrays, the attributes of modules.  An
object that is found in a library by its own name, and so changes with the library only, is hashed
by that name.  A function that refers to an object of any other kind has no fingerprint, and its
derivatives are never kept on disk.
"""

import builtins
import enum
import functools
import hashlib
import os
import sys
import types
from pathlib import Path

import numba
import numpy as np
from numba.core import ir
from numba.core import types as numba_types
from numba.core.compiler import Compiler
from numba.core.dispatcher import Dispatcher
from numba.core.registry import cpu_target
from numba.extending import _Intrinsic
from numba.np.ufunc.dufunc import DUFunc

from .disk import STORE

_LIBRARIES = {"math", "cmath", "operator", "_operator", "builtins"}
_LIBRARIES |= {"numpy", "scipy", "numba", "llvmlite"}
_SEARCHED = ("math", "numpy", "numpy.random", "numpy.linalg", "scipy.special", "scipy.linalg")
_ROOT = Path(__file__).parents[1]
_FOLDER = str(_ROOT) + os.sep
_NUMBA = str(Path(numba.__file__).parent) + os.sep
_SETTINGS = ("FASTAD_PASSES",)  # environment variables that change the generated code


class CannotName(Exception):
    """Something that a function refers to cannot be hashed, or code for it cannot be kept."""


def fingerprint(f):
    """Return a hash of what a function computes now, or None where that cannot be told."""
    if STORE.source is None:
        return None
    digest = begun()
    try:
        Feed(digest, f).value(f)
    except CannotName:
        return None
    return digest.hexdigest()[:20]


def begun():
    """Return a hash of what all functions depend on."""
    digest = hashlib.sha256()
    versions = [numba.__version__, np.__version__, sys.implementation.cache_tag]
    versions.append(getattr(sys.modules.get("scipy"), "__version__", None))
    settings = [os.environ.get(name) for name in _SETTINGS] + [numba.config.BOUNDSCHECK]
    digest.update(repr((STORE.source, versions, settings)).encode())
    cpu_target.typing_context.refresh()  # take in overloads that were registered lately
    return digest


def python_function(f):
    """Return the plain function behind a function or an @njit dispatcher."""
    # Not by the attribute py_func: functools.wraps copies it to wrappers of the dispatcher.
    return f.py_func if isinstance(f, Dispatcher) else f


def jitted(f, **options):
    """Return a plain function compiled by @njit; an @njit function as it is."""
    if isinstance(f, Dispatcher):
        return f
    if isinstance(f, types.FunctionType) and isinstance(vars(f).get("__wrapped__"), Dispatcher):
        # Leave out the attributes that functools.wraps copied from the dispatcher: Numba would copy
        # them to the new one, and mistake code compiled for that for code of this.
        parts = f.__code__, f.__globals__, f.__name__, f.__defaults__, f.__closure__
        bare = types.FunctionType(*parts)
        bare.__kwdefaults__, bare.__doc__ = f.__kwdefaults__, f.__doc__
        bare.__module__, bare.__qualname__ = f.__module__, f.__qualname__
        f = bare
    return numba.njit(**options)(f)


def _root(module):
    return (module or "").split(".")[0]


def _library_name(value):
    """Return the name by which an object is found in a library, or None."""
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if not isinstance(name, str):
        return None
    for module in (getattr(value, "__module__", None), *_SEARCHED):
        if not isinstance(module, str) or _root(module) not in {*_LIBRARIES, _ROOT.name}:
            continue
        for path in (name, name.rpartition(".")[2]):
            try:
                found = functools.reduce(getattr, path.split("."), sys.modules[module])
            except (KeyError, AttributeError):
                continue
            if found is value:
                return f"{module}.{path}"
    return None


class Feed:
    """Feeds a digest with all that a function refers to; ``seen`` has the objects fed before."""

    def __init__(self, digest, first):
        self.digest, self.first, self.seen, self.open = digest, first, {}, set()

    def text(self, *parts):
        """Feed strings and bytes, each with its length, so that no two sequences are alike."""
        for part in parts:
            data = part if isinstance(part, bytes) else part.encode()
            self.digest.update(b"%d:" % len(data))
            self.digest.update(data)

    def value(self, value):
        """Feed an object of any kind."""
        kind = type(value)
        self.text(f"{kind.__module__}.{kind.__qualname__}")
        for known, feed in _KINDS:
            if isinstance(value, known):
                return feed(self, value)
        name = _library_name(value)
        if name is None:
            raise CannotName
        self.text(name)
        return self.registered(value)

    def once(self, value, feed):
        """Feed an object by ``feed()``, and where it occurs again its number instead."""
        if id(value) in self.open:
            raise CannotName  # recursion: code that Numba reads from disk would crash
        if id(value) in self.seen:
            self.text(f"again {self.seen[id(value)]}")
            return
        self.open.add(id(value))
        feed()
        self.open.discard(id(value))
        self.seen[id(value)] = len(self.seen)

    # ---- Numbers, arrays, tuples ----

    def plain(self, value):
        if type(value) not in (type(None), bool, int, float, complex, str, bytes, type(...)):
            raise CannotName  # a subclass of the user's, whose repr may be anything
        self.text(repr(value))

    def number(self, value):
        self.text(value.dtype.str, value.tobytes())

    def array(self, value):
        if type(value) is not np.ndarray or value.dtype.hasobject:
            raise CannotName
        self.dtype(value.dtype)
        layout = value.flags.c_contiguous, value.flags.f_contiguous
        self.text(repr((value.shape, layout)), np.ascontiguousarray(value).tobytes())

    def dtype(self, value):
        fields = {k: v[1:] for k, v in (value.fields or {}).items()}
        self.text(repr((value.str, value.descr, value.itemsize, fields)))

    def tuple(self, value):
        if type(value) is not tuple:
            self.named_tuple(type(value))
        self.text(f"{len(value)}")
        for item in value:
            self.value(item)

    def enum(self, value):
        self.enum_class(type(value))
        self.text(value.name)

    # ---- Classes ----

    def type(self, value):
        if issubclass(value, enum.Enum):
            self.enum_class(value)
        elif issubclass(value, tuple) and hasattr(value, "_fields"):
            self.named_tuple(value)
        elif _library_name(value) or issubclass(value, BaseException):
            self.text(f"{value.__module__}.{value.__qualname__}")
        else:
            raise CannotName

    def enum_class(self, value):
        self.text(f"{value.__module__}.{value.__qualname__}")
        for name, member in value.__members__.items():
            self.text(name)
            self.value(member.value)

    def named_tuple(self, value):
        self.text(f"{value.__module__}.{value.__qualname__}", repr(getattr(value, "_fields", None)))

    def numba_type(self, value):
        known = numba_types.Number | numba_types.Boolean | numba_types.Array
        if not isinstance(value, known | numba_types.NumberClass):
            raise CannotName
        self.text(str(value))

    # ---- Functions ----

    def dispatcher(self, value):
        self.refuse_frozen(value)
        if hasattr(value, "identity"):  # a driver or a part of a rule: it is made of its identity
            if id(value) in self.open:
                return self.text("itself")  # a rule calls its function, which is no recursion
            return self.once(value, lambda: self.value(value.identity()))
        if value._compiler.pipeline_class is not Compiler:
            raise CannotName
        for option, chosen in sorted(value.targetoptions.items()):
            self.text(option, repr(sorted(chosen)) if isinstance(chosen, set) else repr(chosen))
        self.text(repr(sorted((k, str(t)) for k, t in value.locals.items())))
        if not value._can_compile:
            self.text(*sorted(map(str, value.nopython_signatures)))  # it casts arguments to these
        self.function(value.py_func)
        return None

    def refuse_frozen(self, value):
        anew = value is self.first and not value.targetoptions.get("parallel")
        _refuse_frozen(value, written=not anew)

    def vectorized(self, value):
        inner = value._dispatcher
        if value._frozen:
            raise CannotName
        self.text(repr(value.identity), repr(sorted(inner.targetoptions.items())))
        self.function(inner.py_func)

    def intrinsic(self, value):
        self.function(value._defn)

    def function(self, value):
        name = _library_name(value)
        if name is not None:
            self.text(name)
            return
        self.refuse_unfiled(value.__code__.co_filename)
        self.once(value, lambda: self.function_once(value))
        self.registered(value)

    def refuse_unfiled(self, filename):
        if not (filename.startswith("<fastad ") or os.path.isfile(filename)):
            raise CannotName  # it was typed at a prompt or in a notebook

    def function_once(self, value):
        # Cached code imports the function's module by its name when it is loaded. The file's path
        # is left out, so that a copied environment finds its code.
        self.text(repr((value.__module__, value.__qualname__)))
        self.code(value.__code__, value.__globals__)
        for cell in value.__closure__ or ():
            try:
                content = cell.cell_contents
            except ValueError:
                raise CannotName from None
            self.value(content)
            if isinstance(content, types.ModuleType):
                self.attributes(content, _all_names(value.__code__))
        self.value(value.__defaults__)
        for name, default in (value.__kwdefaults__ or {}).items():
            self.text(name)
            self.value(default)

    def registered(self, value):
        """Feed the overloads that the user has registered for an object."""
        try:
            known = cpu_target.typing_context._lookup_global(value)
        except TypeError:  # it cannot be hashed
            return
        templates = getattr(known, "templates", ())
        users = isinstance(value, types.FunctionType) and _library_name(value) is None
        if users and not all(map(_overload, templates)):
            raise CannotName  # `lower_builtin` has an implementation in LLVM's instructions
        self.templates(templates)

    def templates(self, templates):
        for given in filter(None, map(_overload, templates)):
            if not given.__code__.co_filename.startswith((_FOLDER, _NUMBA)):
                self.once(given, lambda given=given: self.function_once(given))

    def code(self, code, scope):
        self.text(code.co_code, getattr(code, "co_exceptiontable", b""))
        counts = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags
        names = code.co_names, code.co_varnames, code.co_cellvars, code.co_freevars
        self.text(repr((counts, names)))
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self.code(constant, scope)
            else:
                self.value(constant)
        for name in code.co_names:
            self.templates(_attributes(name))
            if name not in scope and hasattr(builtins, name):
                self.registered(getattr(builtins, name))
            if name in scope:
                self.text(name)
                self.value(scope[name])
                if isinstance(scope[name], types.ModuleType):
                    self.attributes(scope[name], code.co_names)

    # ---- Modules ----

    def module(self, value):
        self.text(value.__name__)

    def attributes(self, module, names):
        """Feed the attributes of a module that a function may read: ``module.helper(...)``."""
        stable = _root(module.__name__) in {*_LIBRARIES, _ROOT.name}
        # Of a library what it lists: NumPy warns who looks for a name of old (`np.math` in 1.26).
        listed = {*dir(module)} if stable else ()
        for name in names:
            if name not in listed if stable else not hasattr(module, name):
                continue
            value = getattr(module, name)
            if stable:  # the module's name stands for it; but the user may register overloads
                if not isinstance(value, types.ModuleType):
                    self.registered(value)
                continue
            self.text(name)
            if not isinstance(value, types.ModuleType):
                self.value(value)
            elif id(value) not in self.seen:
                self.once(value, lambda value=value: self.module_within(value, names))

    def module_within(self, value, names):
        self.module(value)
        self.attributes(value, names)


def _overload(template):
    return getattr(template, "_overload_func", None)


def _attributes(name):
    """Return the templates registered with Numba for attributes and methods with some name."""
    known = cpu_target.typing_context._attributes.values()
    return [t for templates in known for t in templates if getattr(t, "_attr", None) == name]


def _all_names(code):
    nested = (c for c in code.co_consts if isinstance(c, types.CodeType))
    return (*code.co_names, *(name for c in nested for name in _all_names(c)))


def _refuse_frozen(dispatcher, written):
    """Refuse a function that was compiled when a global had another value than now.

    Numba reads globals when it compiles, and links the old code as it is. With ``written`` refuse
    global arrays at all, as one may have written into them since.
    """
    if dispatcher.overloads and getattr(dispatcher, "stale", False):
        raise CannotName
    for _, then, now in globals_then_and_now(dispatcher):
        if not is_same(then, now) or (written and isinstance(then, np.ndarray)):
            raise CannotName


def globals_then_and_now(dispatcher):
    """Yield (name, value then, value now) of the globals that a function's compiled code has read.

    Those of functions that Numba has inlined into it are left out.
    """
    function = dispatcher.py_func
    filename, lines = function.__code__.co_filename, set(_all_lines(function.__code__))
    scope = dict(function.__globals__)
    free = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    scope |= {name: cell.cell_contents for name, cell in free if cell != types.CellType()}
    for compiled in dispatcher.overloads.values():
        for block in getattr(compiled.type_annotation, "blocks", {}).values():
            for s in block.find_insts(ir.Assign):
                if not isinstance(s.value, ir.Global | ir.FreeVar) or s.value.name not in scope:
                    continue
                if s.value.loc.filename == filename and s.value.loc.line in lines:
                    yield s.value.name, s.value.value, scope[s.value.name]


def _all_lines(code):
    """Return the line numbers of a function and of the functions inside of it."""
    nested = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    own = [line for *_, line in code.co_lines() if line is not None]
    return own + [line for c in nested for line in _all_lines(c)]


def is_same(then, now):
    """Tell whether compiled code does the same for two values of a global."""
    if then is now:
        return True
    if type(then) is not type(now):
        return False
    if isinstance(then, np.ndarray):
        return np.array_equal(then, now)
    if isinstance(then, tuple):
        return len(then) == len(now) and all(map(is_same, then, now))
    return bool(then == now)


_KINDS = (
    (Dispatcher, Feed.dispatcher),
    (DUFunc, Feed.vectorized),
    (_Intrinsic, Feed.intrinsic),
    (types.FunctionType, Feed.function),
    (enum.Enum, Feed.enum),
    (np.generic, Feed.number),
    (type(None) | bool | int | float | complex | str | bytes | type(...), Feed.plain),
    (np.ndarray, Feed.array),
    (np.dtype, Feed.dtype),
    (tuple, Feed.tuple),
    (type, Feed.type),
    (numba_types.Type, Feed.numba_type),
    (types.ModuleType, Feed.module),
)

"""One line to who waits at a terminal, or in a notebook, while there is something to compile.

Numba tells when it begins and ends to compile, also where that fails; a timer in between prints.
Nothing is printed, and no timer started, where stderr goes to a file or a pipe.
"""

import contextlib
import sys
import threading
import time
import weakref

from numba.core import event

SECONDS = 1.0


class _Listener(event.Listener):
    """Of the functions that were announced: what compiles now, in which thread Numba's lock is."""

    def __init__(self):
        self.lines = weakref.WeakKeyDictionary()  # by dispatcher
        self.spent = {}  # seconds by line; of one that was printed, None
        self.depth, self.timer, self.line, self.begun = 0, None, None, 0.0
        self.n_silent = 0  # of those who asked for silence

    def on_start(self, event):
        try:
            line = self.lines.get(event.data["dispatcher"])
        except (KeyError, TypeError):  # of another's compiler: not a dispatcher as Numba's are
            line = None
        if self.depth:
            self.depth += 1
        elif line is not None and is_watched() and not self.n_silent:
            self.depth, self.line, self.begun = 1, line, time.perf_counter()
            spent = self.spent.setdefault(line, 0.0)
            if spent is not None:
                timer = threading.Timer(max(0.0, SECONDS - spent), self.say, [line])
                timer.daemon = True
                with contextlib.suppress(RuntimeError):  # no thread can be started any more
                    timer.start()
                    self.timer = timer

    def on_end(self, event):
        if not self.depth:
            return
        self.depth -= 1
        if not self.depth and self.timer is not None:
            self.timer.cancel()
            self.timer = None
            spent = self.spent[self.line]  # once: the timer's thread may set it now
            if spent is not None:
                self.spent[self.line] = spent + time.perf_counter() - self.begun

    def say(self, line):
        self.spent[line] = None
        with contextlib.suppress(OSError, ValueError):  # of a stream that is closed
            print(line, file=sys.stderr, flush=True)


_lock = threading.Lock()
_listener = _Listener()
event.register("numba:compile", _listener)


def announce(dispatcher, line):
    """Have a line printed once a process where functions of that line compile for a second."""
    _listener.lines[dispatcher] = line
    return dispatcher


def is_watched():
    """Tell whether stderr is a terminal's or a notebook's."""
    stream = sys.stderr
    if type(stream).__module__.startswith("ipykernel."):
        return True
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # there is none, or it is closed
        return False


@contextlib.contextmanager
def silence():
    """Print nothing of what begins to compile meanwhile, in any thread."""
    with _lock:
        _listener.n_silent += 1
    try:
        yield
    finally:
        with _lock:
            _listener.n_silent -= 1

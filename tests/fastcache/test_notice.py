"""One line at a terminal, and nothing anywhere else."""

import io
import sys
import time

import numba
import pytest

from _fastcache import notice


class Terminal(io.StringIO):
    def isatty(self):
        return True


class OutStream(io.StringIO):
    """As a notebook has it."""


OutStream.__module__ = "ipykernel.iostream"


@pytest.fixture
def listener(monkeypatch):
    """A listener of this test's own, which waits a fifth of a second and has printed nothing."""
    listener = notice._Listener()
    monkeypatch.setattr(notice, "_listener", listener)
    monkeypatch.setattr(notice, "SECONDS", 0.2)
    numba.core.event.register("numba:compile", listener)
    yield listener
    numba.core.event.unregister("numba:compile", listener)


def slow_to_compile(monkeypatch, seconds, line="compiling ..."):
    """Return a function for which the compiler takes so many seconds more."""
    dispatcher = numba.njit(lambda x: x + 1)
    compile_it = dispatcher._compiler.compile

    def compile_slowly(*args):
        time.sleep(seconds)
        return compile_it(*args)

    monkeypatch.setattr(dispatcher._compiler, "compile", compile_slowly)
    return notice.announce(dispatcher, line)


@pytest.mark.parametrize(
    ("stream", "seconds", "expected"),
    [
        (Terminal, 0.5, "compiling ...\n"),
        (OutStream, 0.5, "compiling ...\n"),
        (io.StringIO, 0.5, ""),
        (Terminal, 0.0, ""),
    ],
)
def test_who_waits_is_told_where_somebody_reads(listener, monkeypatch, stream, seconds, expected):
    monkeypatch.setattr(sys, "stderr", stream())
    notice.SECONDS = 0.2 if seconds else 60.0
    f = slow_to_compile(monkeypatch, seconds)
    assert f(1) == 2
    assert f(1.0) == 2.0  # a second time: it is said once
    assert sys.stderr.getvalue() == expected


def test_many_short_waits_are_a_long_one(listener, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    f = slow_to_compile(monkeypatch, 0.15)
    for x in (1, 1.0, 1j):
        f(x)
    assert sys.stderr.getvalue() == "compiling ...\n"


def test_silence_is_for_what_is_within_and_other_peoples_functions_are_theirs(
    listener, monkeypatch
):
    monkeypatch.setattr(sys, "stderr", Terminal())
    f, other = slow_to_compile(monkeypatch, 0.5), slow_to_compile(monkeypatch, 0.5)
    del listener.lines[other]
    with notice.silence():
        f(1)
    other(1)
    assert sys.stderr.getvalue() == ""
    f(1.0)
    assert sys.stderr.getvalue() == "compiling ...\n"


@pytest.mark.parametrize("data", [{}, {"dispatcher": 1}, {"dispatcher": []}])
def test_events_of_another_compiler_do_no_harm(listener, data):
    with numba.core.event.trigger_event("numba:compile", data=data):
        assert listener.depth == 0


def test_what_does_not_compile_is_no_wait_for_ever(listener, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    f = notice.announce(numba.njit(lambda x: x.nothing), "compiling ...")
    notice.SECONDS = 60.0
    with pytest.raises(numba.TypingError):
        f(1)
    assert (listener.depth, listener.timer) == (0, None)


@pytest.mark.parametrize("stderr", [None, io.StringIO()])
def test_without_a_stream_nobody_is_told(monkeypatch, stderr):
    if stderr is not None:
        stderr.close()
    monkeypatch.setattr(sys, "stderr", stderr)
    assert not notice.is_watched()

"""What is warmed up is on disk, and the call compiles nothing."""

import numba
import numpy as np
import pytest

import fastad


def loss(x, a=2.0):
    return a * np.sum(x * x)


def other_loss(x, a=2.0):
    return a * np.sum(x * x * x)


def misses(g):
    return sum(g.stats.cache_misses.values())


@pytest.mark.parametrize(
    ("f", "arguments"),
    [
        (loss, (np.ones(3), 1.0)),
        (other_loss, (numba.float64[::1], 1.0)),
    ],
)
def test_the_call_and_the_next_process_find_what_was_warmed_up(f, arguments, tmp_path, monkeypatch):
    monkeypatch.setenv("FASTAD_CACHE_DIR", str(tmp_path))
    g = fastad.grad(f)
    assert fastad.warmup(g, *arguments)
    assert misses(g) == 1
    np.testing.assert_array_equal(
        g(np.ones(3), 1.0), fastad.grad(f, mode="forward")(np.ones(3), 1.0)
    )
    assert misses(g) == 1
    again = fastad.grad(f)
    assert fastad.warmup(again, *arguments)
    assert misses(again) == 0


def test_defaults_may_be_left_out(tmp_path, monkeypatch):
    monkeypatch.setenv("FASTAD_CACHE_DIR", str(tmp_path))
    g = fastad.grad(loss)
    assert fastad.warmup(g, np.ones(3))
    np.testing.assert_array_equal(g(np.ones(2)), [4.0, 4.0])
    assert misses(g) == 1


def test_it_tells_where_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("FASTAD_CACHE_DIR", str(tmp_path))
    typed = {}
    exec("def f(x):\n    return x * x", typed)
    assert not fastad.warmup(fastad.derivative(typed["f"]), 1.0)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FASTAD_CACHE_DIR", str(tmp_path / "file"))
    assert not fastad.warmup(fastad.grad(loss), np.ones(3), 1.0)


@pytest.mark.parametrize(
    ("driver", "arguments", "said"),
    [
        (loss, (np.ones(3),), "takes what grad, jacobian or another driver returns"),
        (fastad.grad(loss), (object(),), "argument 0 has no type in compiled code"),
        (fastad.grad(loss), (np.ones(3, int),), "pass a float array"),
    ],
)
def test_what_is_refused(driver, arguments, said):
    with pytest.raises(TypeError, match=said):
        fastad.warmup(driver, *arguments)

"""``cache``: what it shows and what it takes away."""

import numba
import pytest
from numba import config

import fastad.__main__
import fastgmm.__main__
from _fastcache.overloads import OverloadCache
from _fastcache.store import Store

GENERATED = "grad_f_0123456789abcdef0123_0123456789ab"


@pytest.fixture
def places(tmp_path, monkeypatch):
    """One folder for both caches, in which other people's files lie too."""
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("FASTAD_CACHE_DIR", str(tmp_path))
    for package in ("fastgmm", "fastad"):
        f = numba.njit(lambda x: x + 1)
        f._cache = OverloadCache(Store(package, lambda: "the source"), "f")
        f(1), f(1.0)
    killed = f"{GENERATED}.py.0123456789abcdef.tmp"
    for name in (f"{GENERATED}.py", f"{GENERATED}.json", killed, "mine.py", "mine-0123.nbc"):
        (tmp_path / name).write_text("x = 1\n")
    (tmp_path / "some_0123456789abcdef").mkdir()
    (tmp_path / "some_0123456789abcdef" / "f.py311.1.nbc").write_text("Numba's own")
    return tmp_path


@pytest.mark.parametrize("main", [fastgmm.__main__.main, fastad.__main__.main])
def test_cache_shows_both_packages_and_clears_what_is_theirs(places, capsys, main):
    assert main(["cache"]) == 0
    lines = capsys.readouterr().out.splitlines()
    _, cpu, _ = numba.core.registry.cpu_target.target_context.codegen().magic_tuple()
    assert lines[0] == f"this processor is {cpu}"
    assert lines[1] == f"fastgmm: {places / 'fastgmm'}"
    assert lines[3] == f"fastad: {places}"
    for line in (lines[2], lines[4]):
        assert line.split()[:3] == [cpu, "2", "files"]
    assert main(["cache", "--clear"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("fastgmm: removed     2 files")
    assert lines[1].startswith("fastad: removed     5 files")
    left = {str(path.relative_to(places)) for path in places.rglob("*") if path.is_file()}
    assert left == {"mine.py", "mine-0123.nbc", "some_0123456789abcdef/f.py311.1.nbc"}
    assert main(["cache"]) == 0
    assert f"fastad: {places} (empty)" in capsys.readouterr().out.splitlines()


def test_without_a_home_it_says_so(monkeypatch, capsys):
    monkeypatch.setattr("_fastcache.command.places", lambda package: [])
    assert fastad.__main__.main(["cache"]) == 0
    assert "fastad: no place for it: there is no home folder" in capsys.readouterr().out

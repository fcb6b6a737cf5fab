"""Entries on disk: which are found, which are not, and what is broken."""

import os
import sys
from typing import NamedTuple

import numba
import numpy as np
import pytest
from numba import config

from _fastcache import content, store
from _fastcache.content import source_hash
from _fastcache.overloads import OverloadCache
from _fastcache.store import Store, folders, places


def kept(function, source="the source", name="some.function", **options):
    """Return a new dispatcher of a function, as another process would make it."""
    dispatcher = numba.njit(**options)(function)
    dispatcher._cache = OverloadCache(Store("fastgmm", lambda: source), name)
    return dispatcher


def hits(dispatcher):
    return sum(dispatcher.stats.cache_hits.values())


def twice(x):
    return 2 * x


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))
    return tmp_path / "fastgmm"


def entries(place):
    return sorted(place.glob("*/*.nbc"))


def test_a_second_process_finds_what_the_first_has_kept_for_the_same_types(place):
    first = kept(twice)
    assert first(2.0) == 4.0
    assert first(2) == 4
    assert hits(first) == 0
    assert len(entries(place)) == 2
    second = kept(twice)
    assert [second(2.0), second(2), second(2j)] == [4.0, 4, 4j]
    assert hits(second) == 2
    assert second.stats.cache_path == str(entries(place)[0].parent)


@pytest.mark.parametrize("other", [{"source": "edited"}, {"name": "other.function"}])
def test_another_source_and_another_function_are_others(place, other):
    kept(twice)(2.0)
    second = kept(lambda x: 3 * x, **other)
    assert second(2.0) == 6.0
    assert hits(second) == 0


SETTINGS = "BOUNDSCHECK", "EXTEND_VARIABLE_LIFETIMES", "USING_SVML"


@pytest.mark.parametrize("setting", ["processor", "features", "numpy", "numba", *SETTINGS])
def test_nothing_is_loaded_that_was_made_for_other_versions_or_processors(
    place, setting, monkeypatch
):
    kept(twice)(2.0)
    second = kept(twice)
    codegen = type(second.targetctx.codegen())
    triple, cpu, features = second.targetctx.codegen().magic_tuple()
    target = (triple, "i486" if setting == "processor" else cpu, features + ",-avx" * 2)
    if setting in ("processor", "features"):
        monkeypatch.setattr(codegen, "magic_tuple", lambda self: target)
    elif setting in SETTINGS:
        monkeypatch.setattr(config, setting, 1)
    else:
        monkeypatch.setattr({"numpy": np, "numba": numba}[setting], "__version__", "9.9")
        store._folder_name.cache_clear()
    assert second(2.0) == 4.0
    assert hits(second) == 0
    assert len(folders(place)) == 2
    if setting == "processor":
        assert "i486" in {store.processor(folder) for folder in folders(place)}
    store._folder_name.cache_clear()


def cut(data):
    return data[: len(data) // 2]


def flipped(data):
    return data[:-100] + bytes([data[-100] ^ 1]) + data[-99:]


BROKEN = {
    "empty": lambda data: b"",
    "cut": cut,
    "a bit": flipped,
    "another format": lambda data: b"x" + data,
    "text": lambda data: b"hello",
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_entry_is_compiled_and_written_again(place, how):
    kept(twice)(2.0)
    (path,) = entries(place)
    good = path.read_bytes()
    path.write_bytes(BROKEN[how](good))
    second = kept(twice)
    assert second(2.0) == 4.0
    assert hits(second) == 0
    third = kept(twice)
    assert third(2.0) == 4.0
    assert hits(third) == 1


def test_an_entry_that_is_whole_but_cannot_be_read_is_compiled_anew(place):
    first = kept(twice)
    first(2.0)
    (path,) = entries(place)
    first._cache.store.write(first.targetctx.codegen(), path.name, b"not pickled")
    assert kept(twice)(2.0) == 4.0


class Pair(NamedTuple):
    a: float
    b: float


def difference(pair):
    return pair.a - pair.b


def test_two_classes_of_one_name_are_not_taken_for_each_other(place):
    class Reversed(NamedTuple):
        b: float
        a: float

    Reversed.__name__ = Reversed.__qualname__ = "Pair"
    assert str(numba.typeof(Reversed(1.0, 3.0))) == str(numba.typeof(Pair(3.0, 1.0)))
    assert kept(difference)(Pair(3.0, 1.0)) == 2.0
    for pair in (Reversed(1.0, 3.0), Pair(3.0, 1.0), Reversed(1.0, 3.0)):
        assert kept(difference)(pair) == 2.0


def test_what_takes_a_function_or_holds_an_address_is_not_kept(place):
    kept(lambda f, x: f(x))(numba.njit(twice), 2.0)
    table = np.arange(2.0**18)
    kept(lambda i: table[i])(2)
    assert entries(place) == []


def test_recompiling_forgets_what_is_on_disk(place):
    first, other = kept(twice), kept(twice, name="some.other")
    assert first(2.0) == other(2.0) == 4.0
    first.recompile()
    assert sum(first.stats.cache_misses.values()) == 2
    assert hits(first) == 0
    assert len(entries(place)) == 2


def test_folders_that_were_not_used_for_long_go(place):
    for version in range(12):
        kept(twice, source=str(version))(2.0)
        for age, folder in enumerate(folders(place)):
            os.utime(folder, (1e9 - age, 1e9 - age))
    assert len(folders(place)) == 8
    for version, found in ((11, 1), (4, 1), (3, 0)):
        again = kept(twice, source=str(version))
        again(2.0)
        assert hits(again) == found


def test_where_there_is_no_home_nothing_is_kept(monkeypatch):
    monkeypatch.setattr(config, "CACHE_DIR", "")
    monkeypatch.delenv("FASTAD_CACHE_DIR", raising=False)

    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(store.Path, "home", no_home)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert places("fastad") == []
    assert len(places("fastgmm")) == 1  # beside the package


@pytest.mark.skipif(os.name == "nt", reason="modes of files")
def test_an_image_may_be_built_by_another_user_than_runs_it(place):
    before = os.umask(0o022)
    try:
        kept(twice)(2.0)
    finally:
        os.umask(before)
    (path,) = entries(place)
    assert path.stat().st_mode & 0o777 == 0o644
    assert path.parent.stat().st_mode & 0o777 == 0o755


def test_a_disk_that_fills_leaves_no_half_of_a_file(place, monkeypatch):
    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.os, "replace", full)
    assert kept(twice)(2.0) == 4.0
    assert [path for path in place.rglob("*") if path.is_file()] == []


def test_a_source_hash_is_of_contents_and_names(tmp_path):
    def tree(name, files):
        for path, text in files.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(text)
        return source_hash(tmp_path / name, {"shown.py", "model"})

    files = {"a.py": "x = 1", "b/c.py": "y = 2"}
    first = tree("first", files)
    others = dict.fromkeys(["shown.py", "model/d.py", "notes.txt", "b/.#c.py"], "")
    assert tree("second", files | others) == first
    assert tree("third", {"a.py": "x = 1", "b/c.py": "y = 3"}) != first
    assert tree("fourth", {"a.py": "x = 1", "b/d.py": "y = 2"}) != first
    assert source_hash(tmp_path / "nothing") is None
    (tmp_path / "fourth" / "cannot_be_read.py").mkdir()
    assert source_hash(tmp_path / "fourth") is None


def test_a_frozen_application_is_known_by_what_its_executable_holds(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert source_hash(tmp_path) is None  # of some the executable is one for all versions
    monkeypatch.setattr(sys, "_MEIPASS", "", raising=False)
    found = []
    for version in (b"one", b"two"):
        content._application_hash.cache_clear()
        executable = tmp_path / "application"
        executable.write_bytes(version)
        os.utime(executable, (1e9, 1e9))
        monkeypatch.setattr(sys, "executable", str(executable))
        found.append(source_hash(tmp_path))
    content._application_hash.cache_clear()
    assert None not in found
    assert found[0] != found[1]


def test_nothing_is_kept_once_the_source_is_another_than_was_imported(place):
    source = ["imported"]
    first = kept(twice)
    first._cache = OverloadCache(Store("fastgmm", lambda: source[0]), "some.function")
    first(2.0)
    source[0] = "edited meanwhile"
    assert first(2) == 4
    assert len(entries(place)) == 1
    source[0] = "imported"
    second = kept(twice, "imported")
    second(2.0), second(2)
    assert hits(second) == 1

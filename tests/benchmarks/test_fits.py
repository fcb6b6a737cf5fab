"""The guide's table of fits by gradient is the stored one, and its suite measures."""

import numpy as np

from benchmarks.harness import store
from benchmarks.mixtures import gradient


def test_the_table_is_what_was_stored():
    page, stored = gradient.GUIDE.read_text(), store.load("fits")
    assert gradient.with_table(page, stored) == page
    assert [tuple(entry["problem"]) for entry in stored["entries"]] == gradient.PROBLEMS
    for entry in stored["entries"]:
        assert set(entry["methods"]) == {*gradient.EM, *gradient.GRADIENT}
        found = [m["maximum"] for m in entry["methods"].values()]
        assert np.ptp(found) < gradient.NEAR


def test_all_methods_reach_the_maximum_and_are_drawn(tmp_path):
    found = gradient.measured((300, 2, 2, "full", "spheres 4"), repeats=1)
    assert np.ptp([m["maximum"] for m in found.values()]) < gradient.NEAR
    assert all(m["passes"] >= 1 and m["seconds"] > 0.0 for m in found.values())
    entries = [{"problem": [300, 2, 2, "full", "spheres 4"], "methods": found}]
    assert "| 300, 2, 2, full, spheres 4 |" in gradient.table(entries)
    gradient.draw(entries, tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 1000

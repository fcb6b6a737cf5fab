"""The guide's table of streams and mini-batches is the stored one, and its suite measures."""

import numpy as np

from benchmarks.harness import store
from benchmarks.mixtures import online


def test_the_table_is_what_was_stored():
    page, stored = online.GUIDE.read_text(), store.load("online")
    assert online.with_table(page, stored) == page
    found = [(entry["data"], entry["components"]) for entry in stored["entries"]]
    assert found == online.PROBLEMS
    for entry in stored["entries"]:
        assert set(entry["methods"]) == set(online.METHODS)


def test_all_methods_come_near_the_maximum_and_are_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(online, "SEEDS", range(1))
    entries = [
        {"data": name, "components": 2, "methods": online.measured(name, 2)}
        for name in ("Old Faithful",)
    ]
    for runs in entries[0]["methods"].values():
        assert runs[0]["scores"][-1] > -4.17  # of -4.1554
        assert np.all(np.diff(runs[0]["rows"]) >= 0.0)
    assert "| Old Faithful, 2 |" in online.table(entries)
    online.draw(entries, tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 1000

"""What guards the speed: the comparison with the baseline, and the README's table."""

import json
from pathlib import Path

import pytest

from benchmarks.harness import compare, report
from benchmarks.harness.common import least_work

ROOT = Path(__file__).parent.parent.parent


def _results(tmp_path, values):
    """Write a file of asv's results with these ratios of two benchmarks."""
    names = {"a.A.track_ratio_to_sklearn": "times faster", "b.B.track_ratio_to_primal": "times"}
    folder = tmp_path / "results" / "machine"
    folder.mkdir(parents=True, exist_ok=True)
    benchmarks = {name: {"unit": unit} for name, unit in names.items()}
    benchmarks["a.A.time_it"] = {"unit": "seconds"}
    (folder.parent / "benchmarks.json").write_text(json.dumps({**benchmarks, "version": 2}))
    rows = {name: [value, [["'x'", "'y'"]]] for name, value in zip(names, values, strict=True)}
    rows["a.A.time_it"] = [[1.0], [["'x'"]]]
    result = {"commit_hash": "0" * 40, "result_columns": ["result", "params"], "results": rows}
    path = folder / "one.json"
    path.write_text(json.dumps(result))
    return path


@pytest.mark.parametrize(
    ("now", "status"),
    [
        (([10.0, 20.0], [2.0, 3.0]), 0),
        (([8.5, 20.0], [2.0, 3.5]), 0),  # within 20%
        (([7.9, 20.0], [2.0, 3.0]), 1),  # less of what more is better of
        (([10.0, 20.0], [2.0, 3.7]), 1),  # more of what less is better of
        (([30.0, 60.0], [0.2, 0.3]), 0),
        (([None, 20.0], [float("nan"), 3.0]), 0),  # not measured: said, no failure
    ],
)
def test_a_ratio_that_is_a_fifth_worse_fails(tmp_path, capsys, now, status):
    baseline = tmp_path / "baseline.json"
    options = ["--baseline", str(baseline)]
    path = _results(tmp_path, ([10.0, 20.0], [2.0, 3.0]))
    assert compare.main([str(path), "--update", *options]) == 0
    assert compare.main([str(_results(tmp_path, now)), *options]) == status
    assert ("WORSE" in capsys.readouterr().out) == bool(status)


def test_what_is_missing_is_said(tmp_path, capsys):
    baseline = tmp_path / "baseline.json"
    baseline.write_text(json.dumps({"commit": "0" * 40, "ratios": {"gone('x')": 1.0}}))
    path = _results(tmp_path, ([10.0, 20.0], [2.0, 3.0]))
    assert compare.main([str(path), "--baseline", str(baseline)]) == 0
    out = capsys.readouterr().out
    assert "missing gone('x')" in out
    assert "new     a.A.track_ratio_to_sklearn('x')" in out


def test_the_readmes_figures_are_the_stored_ones():
    readme = (ROOT / "README.md").read_text()
    assert report.with_table(readme) == readme, "run `python -m benchmarks.harness.report`"


def test_the_baseline_is_one():
    baseline = json.loads(compare.BASELINE.read_text())
    assert len(baseline["ratios"]) > 5
    assert all(value > 0 for value in baseline["ratios"].values())


def test_least_work_counts_two_operations_a_multiply_add():
    # One full-covariance density is a triangular product: D (D + 1) / 2 multiply-adds.
    assert least_work(1, 4, 1, "full") == 2 * 2 * 10
    assert least_work(10, 4, 3, "full") == 30 * least_work(1, 4, 1, "full")
    assert least_work(1, 4, 1, "spherical") < least_work(1, 4, 1, "diag")

"""The table and the comment of a pull request, of results as asv writes them."""

import importlib
import inspect
import json
import math
import pkgutil
import re
import subprocess
from pathlib import Path

import pytest

import benchmarks.derivatives
import benchmarks.mixtures
from benchmarks.harness import compare, pull_request

ROOT = Path(__file__).parents[2]
FASTER, SLOWER = "a.A.track_ratio_to_sklearn", "b.B.track_ratio_to_primal"
UNITS = {FASTER: "times faster", SLOWER: "times"}
STEADY = [[1.0, 5.0], [1.02, 5.1], [0.99, 4.9]]  # of each round: 'x' of FASTER, 'y' of SLOWER


def _write(folder, side, rounds, names=(FASTER, SLOWER)):
    """Write a file of asv's results a round; the first name has the parameter 'x'."""
    folder.mkdir(parents=True, exist_ok=True)
    benchmarks = {name: {"unit": UNITS.get(name, "times")} for name in (*names, *UNITS)}
    (folder / "benchmarks.json").write_text(json.dumps({**benchmarks, "version": 2}))
    for turn, values in enumerate(rounds):
        rows = {n: [[v], [["'x'"]]] for n, v in zip(names, values, strict=True)}
        result = {"commit_hash": side, "result_columns": ["result", "params"], "results": rows}
        (folder / f"{side}-{turn}.json").write_text(json.dumps(result))
    return folder


def _table(folder, base, head):
    _write(folder, "base", base)
    return pull_request.table(*pull_request.read(_write(folder, "head", head)))


def _moved(text):
    """Return ``{name: change}`` of the first table, that of what moved."""
    first = text.partition("<details>")[0]
    rows = re.findall(r"^\| `(.+?)` \|.*\| (.+?) \|$", first, re.MULTILINE)
    return dict(rows)


def test_equal_sides_did_not_move(tmp_path):
    text = _table(tmp_path, STEADY, STEADY[::-1])
    assert text.startswith(pull_request.MARKER)
    assert "no change** of 2 ratios" in text
    assert _moved(text) == {}
    assert text.count("| `") == 2  # all of them, in the details


def test_what_moved_stands_first_and_the_worst_above(tmp_path):
    head = [[1.5, 7.5], [1.6, 7.6], [1.4, 7.4]]
    text = _table(tmp_path, STEADY, head)
    # More of what more is better of, by 1.5 / 1; more of what less is better of, by 7.5 / 5.
    assert list(_moved(text).items()) == [
        (f"{SLOWER}('x')", "1.50x worse"),
        (f"{FASTER}('x')", "1.50x better"),
    ]
    assert "1 worse, 1 better** of 2 ratios" in text
    assert "| 5 (4.9 to 5.1) | 7.5 (7.4 to 7.6) |" in text


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ([[1.05, 5.2], [1.06, 5.3], [1.07, 5.4]], "apart, but by less than a tenth"),
        ([[1.5, 7.0], [1.0, 4.95], [1.6, 7.5]], "a tenth and more, but with a round as before"),
    ],
)
def test_noise_does_not_move_a_ratio(tmp_path, head, reason):
    assert _moved(_table(tmp_path, STEADY, head)) == {}, reason


def test_the_chance_of_a_false_alarm_is_that_of_ranks(tmp_path):
    # Of the 20 ways to place three of six ranks on one side, two are all low or all high.
    assert "by luck in one of 10." in _table(tmp_path, STEADY, STEADY)
    assert math.comb(6, 3) / 2 == 10


def test_what_one_side_lacks_is_named(tmp_path):
    _write(tmp_path, "head", STEADY)
    _write(tmp_path, "base", [[1.0], [1.1]], names=(FASTER,))
    text = pull_request.table(*pull_request.read(tmp_path))
    assert f"Measured of the head alone: `{SLOWER}('x')`." in text
    with pytest.raises(SystemExit, match="on both sides"):
        pull_request.table({"base": {"a": [1.0]}, "head": {"b": [1.0]}}, set())


def test_a_name_from_a_fork_stays_a_name(tmp_path):
    name = "track_ratio`|@all\n<img src=x>[x](y)"
    for side in pull_request.SIDES:
        _write(tmp_path, side, [[1.0]], names=(name,))
    text = pull_request.table(*pull_request.read(tmp_path))
    assert "`track_ratio???all??img src=x??x?(y)('x')`" in text
    _write(tmp_path, "head", [["1.0 [a link](b)"]], names=(name,))
    with pytest.raises((TypeError, ValueError)):
        pull_request.read(tmp_path)


def test_both_sides_are_measured_in_turn(tmp_path, monkeypatch):
    results = _write(tmp_path / "results" / "machine", "x", STEADY[:1]) / "x-0.json"
    (results.parents[1] / "benchmarks.json").write_text("{}")
    monkeypatch.setattr(compare, "newest", lambda: results)
    monkeypatch.setattr(pull_request, "_hash_of", lambda commit: "x")
    calls, commits = [], {"base": "0" * 40, "head": "HEAD"}

    def run(command, check):
        calls.append(command)
        return subprocess.CompletedProcess(command, 2)  # a benchmark that one side does not have

    pull_request.measure(tmp_path / "out", commits, 2, run)
    assert [command[-1] for command in calls] == [
        "0" * 40 + "^!",
        "HEAD^!",
        "HEAD^!",
        "0" * 40 + "^!",
    ]
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        *(f"{side}-{turn}.json" for side in ("base", "head") for turn in (0, 1)),
        "benchmarks.json",
    }


def test_a_result_of_another_commit_is_none(tmp_path, monkeypatch):
    results = _write(tmp_path / "results" / "machine", "x", STEADY[:1]) / "x-0.json"
    monkeypatch.setattr(compare, "newest", lambda: results)
    monkeypatch.setattr(pull_request, "_hash_of", lambda commit: commit)
    commits = {"base": "y", "head": "y"}
    with pytest.raises(SystemExit, match="ended with 2 and no result"):
        pull_request.measure(
            tmp_path / "out",
            commits,
            1,
            lambda command, check: subprocess.CompletedProcess(command, 2),
        )


class GitHub:
    """One open pull request, of the branch `change` of the fork of `someone`; its comments."""

    def __init__(self, comments):
        self.comments, self.written = comments, []

    def __call__(self, *arguments, body=None):
        if "repos/o/n/pulls" in arguments:
            assert "head=someone:change" in arguments
            return json.dumps([{"number": 7, "head": {"sha": "new"}}])
        if body is None:
            assert "repos/o/n/issues/7/comments" in arguments
            return "\n".join(map(str, self.comments)) + "\n"
        self.written.append((arguments, body))
        return ""


@pytest.mark.parametrize(
    ("comments", "call"),
    [
        ([], ("--method", "POST", "repos/o/n/issues/7/comments")),
        ([31, 40], ("--method", "PATCH", "repos/o/n/issues/comments/31")),
    ],
)
def test_one_comment_is_written_and_written_anew(comments, call):
    github = GitHub(comments)
    pull_request.comment("text", "o/n", "someone:change", "new", github)
    assert github.written == [(call, {"body": "text"})]


def test_a_commit_that_another_followed_gets_no_comment():
    github = GitHub([])
    done = pull_request.comment("text", "o/n", "someone:change", "old", github)
    assert "nothing is written" in done
    assert github.written == []


def _ratios():
    """Yield the name of each ratio of the suites, as asv has it, and its unit."""
    for package in (benchmarks.derivatives, benchmarks.mixtures):
        for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            loaded = importlib.import_module(module.name)
            for owner, suite in inspect.getmembers(loaded, inspect.isclass):
                for name, method in inspect.getmembers(suite, inspect.isfunction):
                    if name.startswith("track_ratio") and suite.__module__ == module.name:
                        unit = getattr(method, "unit", None) or suite.unit
                        yield f"{module.name.partition('.')[2]}.{owner}.{name}", unit


def test_the_dashboards_regressions_are_of_ratios_of_which_less_is_better():
    """asv takes what grows for worse: of the other ratios `compare` tells."""
    settings = json.loads((ROOT / "asv.conf.json").read_text())
    skipped = [p for p, commit in settings["regressions_first_commits"].items() if commit is None]
    found = dict(_ratios())
    assert len(found) > 20
    for name, unit in found.items():
        skips = any(re.match(pattern, f"{name}('x')") for pattern in skipped)
        assert skips == (unit in compare.MORE_IS_BETTER), f"{name}, in {unit}"
        assert any(re.match(pattern, name) for pattern in settings["regressions_thresholds"])
    assert all(any(re.match(p, name) for p in skipped) for name in ("mixtures.steps.A.time_it",))

"""The command line over files that are larger than what is kept in memory."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from common import blobs

from fastgmm import GaussianMixture
from fastgmm.__main__ import main
from fastgmm.command import progress
from fastgmm.em.loop import EMState
from fastgmm.rows import table

N = 1200


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work in a folder with three files, of which nothing is kept in memory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(table, "CACHE_BYTES", 0)
    frame = pd.DataFrame(blobs(N, 3, 3, seed=0, spread=3.0), columns=["a", "b", "c"])
    frame["w"] = np.linspace(0.0, 2.0, N)
    for i in range(3):
        frame[i * 400 : (i + 1) * 400].to_parquet(tmp_path / f"{i}.parquet")
    return frame


def run(capsys, *argv):
    """Return the exit status, the standard output and the standard error."""
    return main([*map(str, argv)]), *capsys.readouterr()


FILES = [f"{i}.parquet" for i in range(3)]


def test_files_with_chosen_columns_are_fitted_and_labelled(capsys, folder):
    argv = ["--components", 3, "--features", "c,a", "--weight", "w", "--out", "m.npz"]
    status, out, err = run(capsys, "fit", *FILES, *argv, "--labels", "labels.parquet")
    assert (status, err) == (0, "")
    assert out.startswith("0.parquet and 2 more: 1,200 rows, 2 features (c, a)\n")
    X, weights = folder[["c", "a"]], folder["w"].to_numpy()
    gm = GaussianMixture(3, random_state=0, max_iter=1000)  # of rows in files there is one start
    gm.fit(X, sample_weight=weights)
    np.testing.assert_array_equal(GaussianMixture.load("m.npz").means_, gm.means_)
    np.testing.assert_array_equal(pd.read_parquet("labels.parquet")["component"], gm.predict(X))
    total = gm.score(X, sample_weight=weights) * weights.sum()
    assert f"log-likelihood  {total:.3f}" in out
    assert f"BIC             {gm.bic(X, sample_weight=weights):.3f}" in out
    assert run(capsys, "predict", "m.npz", *FILES, "--out", "p.npy")[0] == 0
    np.testing.assert_array_equal(np.load("p.npy"), gm.predict(X))


def test_columns_are_shown(capsys):
    assert run(capsys, "fit", *FILES, "--columns")[:2] == (0, "a\nb\nc\nw\n")
    np.save("x.npy", np.ones((3, 2)))
    assert "1 (it has no name)" in run(capsys, "select", "x.npy", "--columns")[1]


def test_a_sample_first_then_all_rows(capsys, folder):
    status, out, _ = run(capsys, "fit", *FILES, "--components", 3, "--sample", 300,
                         "--features", "a,b,c", "--out", "m.npz")  # fmt: skip
    assert status == 0
    assert "1,200 rows, 3 features (a, b, c); 300 drawn from them" in out
    sampled = GaussianMixture.load("m.npz")
    status, out, _ = run(capsys, "fit", *FILES, "--features", "a,b,c", "--resume", "m.npz",
                         "--out", "n.npz")  # fmt: skip
    assert status == 0
    assert "drawn" not in out
    resumed = GaussianMixture.load("n.npz")
    assert resumed.n_components == 3
    X = folder[["a", "b", "c"]]
    assert resumed.score(X) > sampled.score(X)
    status, _, err = run(capsys, "fit", *FILES, "--resume", "m.npz", "--components", 4)
    assert status == 2
    assert "--components is 4, but m.npz has 3" in err


def test_selection_by_a_sample_with_two_jobs(capsys):
    argv = ["--components", "1:4", "--features", "a,b,c", "--sample", 400, "--init", 1]
    one = run(capsys, "select", *FILES, *argv)
    two = run(capsys, "select", *FILES, *argv, "--jobs", 2)
    assert one == two
    assert one[0] == 0
    assert "* best by BIC: 3 components" in one[1]


def test_an_interrupted_selection_keeps_what_is_done(capsys, monkeypatch):
    steps = []

    def step(self, *_):
        steps.append(1)
        if len(steps) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(progress._Lines, "step", step)
    status, out, err = run(capsys, "select", *FILES, "--components", "1:9", "--features", "a,b",
                           "--out", "m.npz")  # fmt: skip
    assert status == 130
    assert out.count(" full ") == 4  # of three models, and of the best
    assert err == "fastgmm: interrupted; the table is of what was done\n"
    assert GaussianMixture.load("m.npz").n_components in (1, 2, 3)


def test_info_shows_a_model(capsys, folder):
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(99, 9)), columns=list("abcdefghi"))
    GaussianMixture(2, covariance_type="diag", random_state=0).fit(X).save("m.npz")
    status, out, err = run(capsys, "info", "m.npz")
    assert (status, err) == (0, "")
    assert out.startswith("m.npz: a mixture of 2 components, 9 features\n")
    assert "the first 6 of 9 features; --full shows all" in out
    full = run(capsys, "info", "m.npz", "--full")[1]
    assert "(a, b, c, d, e, f, g, h, i)" in full
    assert "  i\n" in full


def test_progress_off_a_terminal_is_lines(capsys, monkeypatch):
    monkeypatch.setattr(progress, "INTERVAL", 0.0)
    argv = ["fit", *FILES, "--components", 3, "--features", "a,b,c"]
    _, out, err = run(capsys, *argv)
    assert "rows/s" not in out
    lines = err.splitlines()
    assert lines[0].startswith("fastgmm: start 1 of 1, iteration 1, 1,200 rows, log-likelihood a ")
    assert "log-likelihood a row -" in lines[-1]
    assert "\r" not in err
    assert run(capsys, *argv, "--quiet")[2] == ""


def test_a_rate_is_told_when_some_time_has_gone_by(capsys, monkeypatch):
    clock = iter([0.0, 100.0, 100.0, 100.2, 104.0])
    monkeypatch.setattr(progress, "INTERVAL", 0.0)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    lines = progress._Lines(False, "rows")
    for _ in range(3):
        lines.step(1000)
    assert capsys.readouterr().err.splitlines() == [
        "fastgmm: 1,000 rows",
        "fastgmm: 2,000 rows",
        "fastgmm: 3,000 rows, 500 rows/s",  # those of the first step took unknown time
    ]


def test_the_time_left_is_told_from_a_constant_ratio(monkeypatch):
    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    remaining = progress.Remaining(tol=1e-3, max_iter=100)
    left = [remaining(EMState(0, i, -(0.5**i), None)) for i in range(1, 7)]
    assert left[:2] == [None, None]
    # The change after iteration i is 2**-i, below 1e-3 at i = 10: in four iterations of 2 s.
    assert left[-1] == pytest.approx(2 * (np.log2(1000) - 6))
    assert progress.in_words(3723.4) == "about 1:02:03 left"
    assert progress.in_words(59.6) == "about 1:00 left"
    assert progress.in_words(None) == ""


def test_missing_values_of_files(capsys, folder, monkeypatch):
    monkeypatch.setattr(table, "CACHE_BYTES", 2**20)
    rows = folder[["a", "b", "c"]].mask(np.random.default_rng(0).random((N, 3)) < 0.1)
    rows.to_csv("x.csv", index=False, float_format="%.17g")
    rows.to_parquet("x.parquet")
    argv = ["--components", 3, "--init", 1]
    status, _, err = run(capsys, "fit", "x.csv", *argv)
    assert (status, err.count("\n")) == (2, 1)
    gm = GaussianMixture(3, random_state=0, max_iter=1000, missing="allow").fit(rows)
    for path in ("x.csv", "x.parquet"):
        status, out, err = run(capsys, "fit", path, "--missing", *argv, "--labels", "l.npy")
        assert (status, err) == (0, "")
        assert f"({gm.score(rows):.6f} a row)" in out
        np.testing.assert_array_equal(np.load("l.npy"), gm.predict(rows))
    assert run(capsys, "select", "x.csv", "--missing", "--sample", 900, *argv)[0] == 0


def test_what_is_about_files_is_refused_without_any(capsys):
    for argv in (["--features", "x"], ["--weight", "x"], ["--sample", "3"], ["--missing"]):
        status, out, err = run(capsys, "fit", *argv)
        assert (status, out) == (2, "")
        assert f"{argv[0]} is about files, and Old Faithful is none" in err


def test_prediction_takes_the_columns_of_the_fit_and_no_input_for_output(capsys, folder):
    assert run(capsys, "fit", *FILES, "--features", "a, b", "--out", "m.npz")[0] == 0
    folder.assign(note="text").to_parquet("x.parquet")
    assert run(capsys, "predict", "m.npz", "x.parquet", "--out", "l.npy")[0] == 0
    gm = GaussianMixture.load("m.npz")
    np.testing.assert_array_equal(np.load("l.npy"), gm.predict(folder[["a", "b"]]))
    for argv in (["predict", "m.npz", "x.parquet", "--out", "x.parquet"],
                 ["fit", *FILES, "--labels", FILES[1]]):  # fmt: skip
        status, _, err = run(capsys, *argv)
        assert status == 2
        assert "is among the rows that are read" in err

"""The command line does its jobs, and answers every mistake by one line and status 2."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fastgmm import GaussianMixture, __version__
from fastgmm.__main__ import main
from fastgmm.command import progress
from fastgmm.command.progress import advance
from fastgmm.datasets import load_faithful

README = Path(__file__).parents[3] / "README.md"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def table(folder):
    """Write Old Faithful to faithful.csv."""
    X, names = load_faithful(return_names=True)
    path = folder / "faithful.csv"
    np.savetxt(path, X, "%g", delimiter=",", header=",".join(names), comments="")
    return path


def run(capsys, *argv):
    """Return the exit status, the standard output and the standard error."""
    try:
        status = main([str(word) for word in argv])
    except SystemExit as end:
        status = end.code
    return status, *capsys.readouterr()


def test_fit_shows_the_published_mixture_of_old_faithful(capsys, folder):
    status, out, err = run(capsys, "fit")
    assert (status, err) == (0, "")
    assert out.startswith("Old Faithful: 272 rows, 2 features (eruptions, waiting)\n")
    lines = [line.split() for line in out.splitlines()]
    assert lines[2] == ["component", "weight", "eruptions", "waiting"]
    assert lines[3] == ["0", "0.6441", "mean", "4.2898", "79.9695"]
    assert lines[4][0] == "covariance"
    assert lines[4][2] == lines[5][0]  # symmetric
    assert lines[6] == ["1", "0.3559", "mean", "2.0365", "54.4799"]
    figures = {line[0]: line[1] for line in lines[10:]}
    assert figures["log-likelihood"] == "-1130.264"
    assert figures["BIC"] == "2322.192"
    assert int(figures["iterations"]) > 1
    assert figures["picture"] == str(folder / "faithful.png")
    assert (folder / "faithful.png").read_bytes().startswith(PNG)
    assert README.read_text().split("```text\n")[1].split("```")[0] in out


def test_fit_is_repeatable_and_the_seed_matters(capsys, table):
    argv = ["fit", table, "--components", 5, "--init", 1, "--max-iter", 4, "--quiet"]
    first, again, other = (run(capsys, *argv, "--seed", seed)[1] for seed in (0, 0, 3))
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("covariance", "words", "lines"),
    [("full", "covariance", 3 * 2), ("tied", "covariance", 2), ("diag", "variance", 3)]
    + [("spherical", "variance", 3)],
)
def test_table_of_each_covariance_type(capsys, table, covariance, words, lines):
    argv = ["--components", 3, "--covariance", covariance, "--init", 1, "--out", "m.npz"]
    status, out, _ = run(capsys, "fit", table, *argv)
    assert status == 0
    header, *rows = out.split("\n\n")[1].splitlines()
    assert len(rows) == 3 + lines  # a line for each mean
    assert len({len(row) for row in [header, *rows]}) == 1
    spread = [row for row in rows if words in row]
    assert len(spread) == (1 if covariance == "tied" else 3)
    # the numbers are those of the model, largest weight first
    model = GaussianMixture.load("m.npz")
    order = np.argsort(-model.weights_)
    shown = [row.split() for row in rows if " mean " in row]
    assert [int(row[0]) for row in shown] == order.tolist()
    np.testing.assert_allclose([float(row[1]) for row in shown], model.weights_[order], atol=6e-5)
    means = [[float(x) for x in row[3:]] for row in shown]
    np.testing.assert_allclose(means, model.means_[order], atol=6e-5)


def test_large_mixtures_are_cut_short(capsys, folder):
    X = np.random.default_rng(0).normal(size=(2000, 9)) * 10.0 ** -np.arange(9)
    np.save("x.npy", X)
    argv = ["--components", 15, "--covariance", "diag", "--reg-covar", 0, "--max-iter", 2]
    status, out, err = run(capsys, "fit", "x.npy", *argv, "--init", 1)
    assert status == 0
    assert err.count("\n") == 1
    assert err.startswith("fastgmm: warning: Best performing initialization did not converge")
    assert (
        "(the 12 largest of 15 components, the first 6 of 9 features; --full shows all, --out"
        in out
    )
    assert "feature 5" in out
    assert "feature 6" not in out
    assert "not converged" in out
    assert max(map(len, out.splitlines())) <= 110
    lines = out.split("\n\n")[1].splitlines()
    numbers = [word for line in lines if "mean" in line for word in line.split()[3:]]
    assert len(numbers) == 72
    assert all("e" in number for number in numbers)  # in all rows, if in some
    assert list(folder.iterdir()) == [folder / "x.npy"]  # a picture only when asked for


def test_fit_of_a_single_feature_and_of_float32(capsys, folder):
    np.save("x.npy", load_faithful()[:, :1].astype(np.float32))
    status, out, _ = run(capsys, "fit", "x.npy", "--plot", "x.png", "--out", "m.npz")
    assert status == 0
    assert "272 rows, 1 feature\n" in out
    assert (folder / "x.png").read_bytes().startswith(PNG)
    assert GaussianMixture.load("m.npz").means_.dtype == np.float32


def test_saved_model_predicts(capsys, table):
    assert run(capsys, "fit", table, "--out", "model.npz")[0] == 0
    model, X = GaussianMixture.load("model.npz"), load_faithful()
    assert list(vars(model).pop("feature_names_in_")) == ["eruptions", "waiting"]

    status, out, err = run(capsys, "predict", "model.npz", table, "--out", "labels.csv")
    assert (status, err) == (0, "")
    assert out.startswith("272 labels: ")
    assert Path("labels.csv").read_text().splitlines()[0] == "component"
    labels = np.loadtxt("labels.csv", skiprows=1, dtype=int)
    np.testing.assert_array_equal(labels, model.predict(X))

    assert run(capsys, "predict", "model.npz", table, "--proba", "--out", "p.csv")[0] == 0
    assert Path("p.csv").read_text().splitlines()[0] == "component_0,component_1"
    resp = np.loadtxt("p.csv", skiprows=1, delimiter=",")
    np.testing.assert_array_equal(resp, model.predict_proba(X))

    assert run(capsys, "predict", "model.npz", table, "--score", "--out", "s.npy")[0] == 0
    np.testing.assert_array_equal(np.load("s.npy"), model.score_samples(X))


def test_predict_finds_columns_by_their_names(capsys, table):
    run(capsys, "fit", table, "--out", "model.npz")
    swapped = load_faithful()[:, ::-1]
    np.savetxt("x.csv", swapped, "%.17g", delimiter=",", header="waiting,eruptions", comments="")
    assert run(capsys, "predict", "model.npz", "x.csv", "--out", "a.npy")[0] == 0
    assert run(capsys, "predict", "model.npz", table, "--out", "b.npy")[0] == 0
    np.testing.assert_array_equal(np.load("a.npy"), np.load("b.npy"))
    np.savetxt("x.csv", swapped, delimiter=",", header="waiting,other", comments="")
    status, _, err = run(capsys, "predict", "model.npz", "x.csv", "--out", "labels.csv")
    assert status == 2
    assert "x.csv has no column 'eruptions'; there are waiting, other" in err
    np.save("x.npy", swapped)  # without names there is nothing to compare
    assert run(capsys, "predict", "model.npz", "x.npy", "--out", "labels.csv")[0] == 0


def test_select_prints_the_table_and_draws_the_curve(capsys, folder):
    argv = ["--components", "1:3", "--covariance", "full,tied", "--init", 2]
    status, out, err = run(capsys, "select", *argv, "--plot", "bic.png", "--out", "best.npz")
    assert (status, err) == (0, "")
    assert out.count("\n") == 13
    assert "* best by BIC: 3 components, tied covariance" in out
    assert (folder / "bic.png").read_bytes().startswith(PNG)
    best = GaussianMixture.load("best.npz")
    assert (best.n_components, best.covariance_type) == (3, "tied")


def test_select_by_another_criterion_over_all_types(capsys, table):
    argv = ["--components", "2,1:2", "--covariance", "all", "--criterion", "icl", "--init", 1]
    status, out, _ = run(capsys, "select", table, *argv)
    assert status == 0
    counts = [line.lstrip("* ").split()[0] for line in out.splitlines()[3:11]]
    assert counts == ["1", "2"] * 4
    for kind in ("full", "tied", "diag", "spherical"):
        assert out.count(f" {kind} ") >= 1
    assert "* best by ICL: 2 components, full covariance" in out


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "required: COMMAND"),
        (["fly"], "invalid choice: 'fly'"),
        (["fit", "none.csv"], "none.csv: no such file"),
        (["fit", "x.txt"], "x.txt: expected a file ending in .npy"),
        (["fit", "bad.csv"], "bad.csv: line 3, column 1 (a): expected a finite number, got 'x'"),
        (["fit", "nan.npy"], "nan.npy: row 1, column 1: expected a finite number, got nan"),
        (["fit", "few.csv", "--components", "3"], "n_components = 3, n_samples = 2"),
        (["fit", "--components", "0"], "--components: expected a whole number of at least 1"),
        (["fit", "--components", "two"], "expected a whole number of at least 1, got 'two'"),
        (["fit", "--covariance", "round"], "invalid choice: 'round'"),
        (["fit", "--tol", "nan"], "--tol: expected a number of at least 0, got 'nan'"),
        (["fit", "--reg-covar", "-1"], "--reg-covar: expected a number of at least 0"),
        (["fit", "--seed", "99999999999"], "random_state"),
        (["fit", "--out", "nowhere/m.npz"], "nowhere/m.npz: there is no folder nowhere"),
        (["fit", "--out", "."], "expected a file, got a folder"),
        (["fit", "--plot", "x.xyz"], "--plot must end in one of .eps"),
        (["predict", "m.npz", "few.csv", "--out", "x.csv"], "m.npz"),
        (["predict", "bad.csv", "few.csv", "--out", "x.csv"], "bad.csv"),
        (["predict", "m.npz", "few.csv"], "required: --out"),
        (
            ["predict", "m.npz", "few.csv", "--out", "x.txt"],
            "x.txt: expected a file ending in .npy, .csv, .parquet",
        ),
        (["predict", "m", "x.csv", "--out", "o.csv", "--proba", "--score"], "not allowed with"),
        (["select", "--components", "3:1"], "a list, such as 1,2,5, got '3:1'"),
        (["select", "--components", "0:3"], "expected FIRST:LAST"),
        (["select", "--components", "1,,3"], "or a list, such as 1,2,5, got '1,,3'"),
        (["select", "few.csv", "--components", "1:3"], "n_components must not exceed"),
        (["select", "--covariance", "full,flat"], "expected all, or some of full,tied"),
        (["select", "--criterion", "dic"], "invalid choice: 'dic'"),
        (["warmup", "--dtypes", "float16"], "expected all, or some of float64,float32, got"),
    ],
)
def test_a_mistake_is_answered_by_one_line_and_status_2(capsys, folder, argv, message):
    (folder / "bad.csv").write_text("a,b\n1,2\nx,3\n")
    (folder / "few.csv").write_text("1,2\n3,4\n")
    np.save("nan.npy", np.full((9, 2), np.nan))
    before = set(folder.iterdir())
    status, out, err = run(capsys, *argv)
    assert status == 2
    assert out == ""
    assert message in err
    assert err.startswith("fastgmm: error: ")
    assert err.count("\n") == 1
    assert set(folder.iterdir()) == before


@pytest.mark.parametrize(
    "argv", [(), ("fit",), ("predict",), ("select",), ("info",), ("warmup",), ("cache",)]
)
def test_help_describes_each_command(capsys, argv):
    status, out, err = run(capsys, *argv, "--help")
    assert (status, err) == (0, "")
    assert out.startswith(" ".join(["usage: python -m fastgmm", *argv]))


@pytest.mark.parametrize("command", ["fit", "select"])
def test_help_tells_what_the_covariance_types_are(capsys, command):
    out = " ".join(run(capsys, command, "--help")[1].split())
    assert "VEI, variances whose ratios are the same in all components" in out
    assert "as scikit-learn's" in out or "finer than fit's" in out


def test_version(capsys):
    assert run(capsys, "--version") == (0, f"fastgmm {__version__}\n", "")


def test_a_reader_who_left_is_no_error_and_costs_no_result(folder, capfd, monkeypatch):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as nobody:
        monkeypatch.setattr(sys, "stdout", nobody)
        assert main(["fit", "--init", "1", "--plot", "x.png", "--out", "m.npz"]) == 0
        monkeypatch.undo()
    assert capfd.readouterr() == ("", "")
    assert GaussianMixture.load(folder / "m.npz").n_components == 2
    assert (folder / "x.png").exists()


def test_without_matplotlib_the_fit_is_still_shown(capsys, folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    status, out, err = run(capsys, "fit", "--init", 1)
    assert status == 0
    assert "-1130.264" in out
    assert "picture" not in out
    assert err == "fastgmm: no picture, which needs Matplotlib: pip install matplotlib\n"
    status, _, err = run(capsys, "fit", "--plot", "x.png")
    assert status == 2
    assert "--plot needs Matplotlib" in err
    assert not list(folder.iterdir())


class Interrupted:
    """A progress bar at whose third step Ctrl-C is pressed."""

    def __init__(self, **_):
        self.n = 0

    def update(self, n):
        self.n += 1
        if self.n == 3:
            raise KeyboardInterrupt

    def unpause(self): ...

    def set_description_str(self, *_, **__): ...

    set_postfix_str = set_description_str
    __enter__ = lambda self: self  # noqa: E731
    __exit__ = lambda self, *_: None  # noqa: E731


def test_ctrl_c_keeps_the_last_iteration(capsys, folder, monkeypatch):
    monkeypatch.setattr("tqdm.tqdm", Interrupted)
    monkeypatch.setattr(progress, "on_terminal", lambda: True)
    argv = ["fit", "--components", 4, "--tol", 0]
    status, out, err = run(capsys, *argv)
    assert (status, out, err) == (130, "", "fastgmm: interrupted\n")
    status, out, err = run(capsys, *argv, "--out", "m.npz")
    assert status == 130
    assert err == "fastgmm: interrupted; m.npz keeps the last iteration\n"
    assert GaussianMixture.load("m.npz").n_iter_ == 3
    assert [path.name for path in folder.iterdir()] == ["m.npz"]


def test_progress_is_shown_on_stderr_and_quiet_silences_it(capsys, folder, monkeypatch):
    from tqdm import tqdm

    def at_once(*, delay, mininterval, **options):
        return tqdm(mininterval=0, **options)

    monkeypatch.setattr("tqdm.tqdm", at_once)
    monkeypatch.setattr(progress, "on_terminal", lambda: True)
    argv = ["fit", "--init", 2, "--plot", "x.png"]
    _, out, err = run(capsys, *argv)
    assert "start 2 of 2, iteration 1: " in err
    assert "log-likelihood a row -4.15" in err
    assert "start" not in out
    assert run(capsys, *argv, "--quiet")[2] == ""


def test_the_time_of_a_progress_bar_begins_with_its_first_step():
    from tqdm import tqdm

    with tqdm(delay=1e9) as bar:
        bar.start_t -= 100.0  # as if that long had been compiled
        bar.last_print_t -= 100.0
        for _ in range(3):
            advance(bar)
        assert bar.n == 3
        assert bar.format_dict["elapsed"] < 50.0


def test_as_a_process_it_needs_no_matplotlib_unless_it_draws(table):
    code = (
        "import sys; from fastgmm.__main__ import main; "
        "status = main(sys.argv[1:]); print('matplotlib' in sys.modules); sys.exit(status)"
    )
    argv = [sys.executable, "-W", "error", "-c", code, "fit", table.name, "--quiet"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(argv, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "-1130.264" in done.stdout
    assert done.stdout.endswith("False\n")

"""After a warmup a first fit compiles nothing, whatever its covariance type."""

import os
import subprocess
import sys

import numpy as np
import pytest

import fastgmm
from _fastcache import notice, store
from fastgmm.__main__ import main
from fastgmm.simd import compiled

# Of all dispatchers of the package, what was read from the disk, and what was compiled.
PROGRAM = """
import gc
import numpy as np
from numba.core.dispatcher import Dispatcher
from fastgmm import BayesianGaussianMixture, GaussianMixture
rng = np.random.default_rng(0)
X = rng.normal(size=(200, 3)).astype("{dtype}")
for covariance_type in ("full", "tied", "diag", "spherical", "VEI"):
    for n_components in (1, 3, 40):
        model = GaussianMixture(n_components, covariance_type=covariance_type, random_state=0)
        model.set_params(tol=1e300).fit(X, sample_weight=rng.uniform(size=200))
        model.predict_proba(X), model.score(X[:1]), model.sample(2)
for covariance_type in ("full", "tied", "diag", "spherical"):
    model = BayesianGaussianMixture(n_components=3, covariance_type=covariance_type, tol=1e300)
    model.fit(X, sample_weight=rng.uniform(size=200)).predict_proba(X)
GaussianMixture(2, tol=1e300).fit(np.asfortranarray(X)).predict(np.asfortranarray(X))
GaussianMixture(30, tol=1e300).fit(rng.normal(size=(3000, 40)).astype("{dtype}"))
found = [d.stats for d in gc.get_objects() if isinstance(d, Dispatcher)]
print(sum(sum(s.cache_hits.values()) for s in found))
print(sum(sum(s.cache_misses.values()) for s in found))
"""


@pytest.mark.parametrize("dtype", ["float64", pytest.param("float32", marks=pytest.mark.slow)])
def test_after_a_warmup_no_fit_and_no_prediction_compiles(dtype, tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}

    def run(*argv):
        done = subprocess.run(
            [sys.executable, "-W", "error", *argv],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.split()

    warmup = ("-m", "fastgmm", "warmup", "--dtypes", dtype)
    assert int(run(*warmup)[0]) > 30
    assert run(*warmup, "--layouts", "C")[0] == "0"
    hits, misses = map(int, run("-c", PROGRAM.replace("{dtype}", dtype)))
    assert hits > 5
    assert misses == 0


@pytest.mark.slow
def test_after_a_warmup_steps_compile_nothing():
    fastgmm.warmup(layouts=["C"], steps=True)
    before = compiled.STORE.n_written
    X = np.random.default_rng(0).normal(size=(500_000, 2))
    for covariances in (np.ones((2, 2, 2)) + np.eye(2), np.ones((2, 1))):
        mixture = fastgmm.make_mixture([0.5, 0.5], X[:2], covariances)
        workspace = fastgmm.make_workspace(mixture)
        fastgmm.em_step(X, mixture, workspace)
        fastgmm.e_step(X, mixture, workspace, np.ones(len(X)), np.empty((len(X), 2)))
        fastgmm.score_rows(X, mixture, workspace, np.empty(len(X)))
    assert compiled.STORE.n_written == before


def test_a_warmup_that_keeps_nothing_says_so(monkeypatch, capsys):
    monkeypatch.setattr(store, "places", lambda package: [])
    monkeypatch.setattr(compiled.STORE, "_used", [])
    assert main(["warmup", "--layouts", "C"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("fastgmm: error: compiled code cannot be kept")
    with pytest.raises(OSError, match="set NUMBA_CACHE_DIR"):
        fastgmm.warmup(layouts=["C"])


@pytest.mark.parametrize("wrong", [{"dtypes": ["int64"]}, {"layouts": ["A"]}])
def test_what_there_is_not(wrong):
    with pytest.raises(ValueError, match="must be some of"):
        fastgmm.warmup(**wrong)


@pytest.mark.parametrize(("verbose", "silent"), [(0, 0), (False, 1)])
def test_verbose_false_is_silent(verbose, silent):
    seen = []

    def look(state):
        seen.append(notice._listener.n_silent)

    X = np.random.default_rng(0).normal(size=(50, 2))
    fastgmm.GaussianMixture(2, verbose=verbose, callback=look, tol=1e300).fit(X)
    assert set(seen) == {silent}
    assert notice._listener.n_silent == 0


def test_only_functions_whose_source_is_hashed_are_kept():
    for function in (test_what_there_is_not, lambda: None):
        with pytest.raises(TypeError, match="its source is not hashed"):
            compiled.cached_njit()(function)

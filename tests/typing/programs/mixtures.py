"""What a user writes with fastgmm, and the types that it has: checked by mypy, and when it runs."""

import tempfile
from pathlib import Path
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import fastgmm
from fastgmm import BayesianGaussianMixture, EMState, GaussianMixture, Mixture, Selection
from fastgmm.datasets import load_faithful
from fastgmm.gradient import MapFit, fit_map
from fastgmm.steps import em_step, make_workspace, score_rows

Floats = NDArray[np.floating[Any]]


def fitted() -> GaussianMixture:
    X = assert_type(load_faithful(), NDArray[np.float64])
    gm = GaussianMixture(2, covariance_type="tied", init_params="k-means++", random_state=0)
    assert_type(gm.fit(X), GaussianMixture)
    assert_type(gm.means_, Floats)
    assert_type(gm.lower_bound_, float)
    assert_type(gm.lower_bounds_, list[float])
    assert_type(gm.converged_, bool)
    assert_type(gm.mixture_, Mixture)
    assert_type(gm.mixture_.log_norms, Floats)
    return gm


def methods(gm: GaussianMixture) -> None:
    X, names = load_faithful(return_names=True)
    assert_type(names, tuple[str, str])
    assert_type(gm.predict(X), NDArray[np.int64])
    assert_type(gm.fit_predict(X), NDArray[np.int64])
    assert_type(gm.predict_proba(X), Floats)
    assert_type(gm.score_samples(X.astype(np.float32)), Floats)
    assert_type(gm.score(X), float)
    assert_type(gm.bic(X, sample_weight=np.ones(len(X))), float)
    assert_type(gm.icl(X), float)
    assert_type(gm.sample(3), tuple[Floats, NDArray[np.int_]])
    assert_type(gm.log_joint(X), Floats)
    assert_type(gm.predict_mean([[2.0]], given=[0]), Floats)
    assert_type(gm.marginal([1]), Mixture)
    assert_type(gm.get_params(), dict[str, Any])
    with tempfile.TemporaryDirectory() as folder:
        assert_type(gm.predict(X, out=Path(folder, "labels.npy")), Path)
        gm.save(Path(folder, "model.npz"))
        assert_type(GaussianMixture.load(f"{folder}/model.npz"), GaussianMixture)
    assert_type(GaussianMixture.from_mixture(gm.mixture_, tol=1e-5), GaussianMixture)


def others() -> None:
    X = load_faithful()
    bgm = BayesianGaussianMixture(n_components=2, random_state=0).fit(X)
    assert_type(bgm, BayesianGaussianMixture)
    assert_type(bgm.mean_precision_, NDArray[np.float64])
    assert_type(GaussianMixture().fit_labeled(X, np.zeros(len(X), int)), GaussianMixture)
    assert_type(GaussianMixture(missing="allow").fit(X).impute(X), Floats)
    assert_type(GaussianMixture(2, random_state=0).partial_fit(X), GaussianMixture)
    found = fastgmm.select(X, [1, 2], ["full", "tied"], random_state=0, reg_covar=1e-5)
    assert_type(found, Selection)
    assert_type(found.best.bic, float)
    assert_type(found.best_estimator.weights_, Floats)
    assert_type(fastgmm.get_num_threads(), int)
    rows = fastgmm.open_rows(lambda: iter([X, X]), dtype="float32")
    assert_type(rows.shape, tuple[int, int])
    assert_type(rows.to_array(), Floats)
    assert_type(GaussianMixture(callback=look).fit(rows), GaussianMixture)


def look(state: EMState) -> None:
    assert_type(state.lower_bound, float)
    assert_type(state.mixture, Mixture)


def embedded(gm: GaussianMixture) -> None:
    X, mixture, rng = load_faithful(), gm.mixture_, np.random.default_rng(0)
    assert_type(fastgmm.log_density(X[0], mixture), float)
    assert_type(fastgmm.sample(mixture, 2, rng), tuple[Floats, NDArray[np.int64]])
    assert_type(fastgmm.make_mixture([1.0], [[0.0]], [[1.0]]), Mixture)
    assert_type(fastgmm.kl_divergence(mixture, mixture, 3, rng), tuple[float, float])
    workspace = make_workspace(mixture, covariance_type="tied", fixed={"weights"})
    assert_type(em_step(X, mixture, workspace), tuple[Mixture, float])
    assert_type(fastgmm.e_step(X, mixture, workspace).nk, NDArray[np.float64])
    scores = gm.score_samples(X)
    assert_type(score_rows(X, mixture, workspace, scores), Floats)
    assert_type(fit_map(X, mixture, max_iter=2), MapFit)


def mistakes(gm: GaussianMixture, X: NDArray[np.float64]) -> None:
    """Each line is wrong, and mypy says so: it would tell of a comment that it does not need."""
    GaussianMixture(covariance_type="ful")  # type: ignore[arg-type]
    GaussianMixture(2, fixed=["mean"])  # type: ignore[list-item]
    GaussianMixture(2, tolerance=1.0)  # type: ignore[call-arg]
    BayesianGaussianMixture(2)  # type: ignore[call-arg]
    fastgmm.select(X, reg_cov=1e-3)  # type: ignore[call-arg]
    fastgmm.select(X, criterion="BIC")  # type: ignore[arg-type]
    fastgmm.log_density(X[0], 0)  # type: ignore[arg-type]
    gm.mixture_.means = X  # type: ignore[misc]
    print(fastgmm.no_such_name)  # type: ignore[attr-defined]


if __name__ == "__main__":
    model = fitted()
    methods(model)
    embedded(model)
    others()

"""Packages that use scikit-learn's classes give the same with fastgmm's in their place.

They are the extra ``downstream``; a package that is not installed is skipped. Each test runs a
package as it is, once with each class, from data whose optimum both find.
"""

import importlib

import numpy as np
import pytest
import sklearn.mixture

import fastgmm

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:::(?!fastgmm)"),  # theirs are not ours to mend
]

NAMES = ("GaussianMixture", "BayesianGaussianMixture")


@pytest.fixture
def both(monkeypatch):
    """Return a function that runs something with each class in a module, and returns both."""

    def run(make, *modules):
        found = []
        for package in (sklearn.mixture, fastgmm):
            for name in modules:
                module = importlib.import_module(name)
                for class_name in NAMES:
                    if hasattr(module, class_name):
                        monkeypatch.setattr(module, class_name, getattr(package, class_name))
            found.append(make())
        monkeypatch.undo()
        return found

    return run


def clusters(n=600, d=3, k=3, seed=0):
    """Return rows of well separated components, and which each is of."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % k
    means = 8.0 * np.eye(k, d)
    spread = rng.normal(size=(k, d, d)) / np.sqrt(d) + np.eye(d)
    return means[y] + np.einsum("nij,nj->ni", spread[y], rng.normal(size=(n, d))), y


def is_ours(model):
    return type(model).__module__.startswith("fastgmm.")


def test_pyods_detector(both):
    pytest.importorskip("pyod")
    X, _ = clusters()

    def run():
        from pyod.models.gmm import GMM

        return GMM(n_components=3, contamination=0.05, tol=1e-9, random_state=0).fit(X)

    theirs, ours = both(run, "pyod.models.gmm")
    assert is_ours(ours.detector_)
    assert not is_ours(theirs.detector_)
    np.testing.assert_allclose(ours.decision_scores_, theirs.decision_scores_, rtol=1e-5)
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(ours.predict(X + 3.0), theirs.predict(X + 3.0))
    np.testing.assert_allclose(np.sort(ours.weights_), np.sort(theirs.weights_), rtol=1e-6)


@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("sklego.mixture.gmm_classifier", "GMMClassifier"),
        ("sklego.mixture.bayesian_gmm_classifier", "BayesianGMMClassifier"),
        ("sklego.naive_bayes", "GaussianMixtureNB"),
        ("sklego.naive_bayes", "BayesianGaussianMixtureNB"),
    ],
)
def test_scikit_legos_classifiers(both, where, name):
    pytest.importorskip("sklego")
    X, y = clusters()

    def run():
        model = getattr(importlib.import_module(where), name)
        return model(n_components=1, tol=1e-9, max_iter=500, random_state=0).fit(X, y)

    theirs, ours = both(run, where)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


@pytest.mark.parametrize(
    ("where", "name", "tolerance"),
    [
        ("sklego.mixture.gmm_outlier_detector", "GMMOutlierDetector", 1e-5),
        # The order of components, which a Dirichlet process makes count, is that of the start.
        ("sklego.mixture.bayesian_gmm_detector", "BayesianGMMOutlierDetector", 2e-3),
    ],
)
@pytest.mark.parametrize(("method", "threshold"), [("quantile", 0.95), ("stddev", 3.0)])
def test_scikit_legos_outlier_detectors(both, where, name, tolerance, method, threshold):
    pytest.importorskip("sklego")
    X, _ = clusters()

    def run():
        model = getattr(importlib.import_module(where), name)
        options = {"method": method, "threshold": threshold, "max_iter": 500}
        return model(n_components=3, tol=1e-9, random_state=0, **options).fit(X)

    theirs, ours = both(run, where)
    assert is_ours(ours.gmm_)
    np.testing.assert_allclose(ours.score_samples(X), theirs.score_samples(X), rtol=tolerance)
    assert (ours.predict(X) != theirs.predict(X)).mean() < 0.005  # rows at the threshold


def test_hmmlearns_emissions_start_from_a_fit():
    hmm = pytest.importorskip("hmmlearn.hmm")
    X, y = clusters()
    found = []
    for package in (sklearn.mixture, fastgmm):
        fits = [
            package.GaussianMixture(1, covariance_type="diag", tol=1e-9).fit(X[y == k])
            for k in range(3)
        ]
        model = hmm.GMMHMM(3, n_mix=1, covariance_type="diag", params="st", init_params="")
        model.startprob_, model.transmat_ = np.full(3, 1 / 3), np.full((3, 3), 1 / 3)
        model.weights_ = np.array([fit.weights_ for fit in fits])
        model.means_ = np.array([fit.means_ for fit in fits])
        model.covars_ = np.array([fit.covariances_ for fit in fits])
        found.append(model.fit(X))
    np.testing.assert_allclose(found[1].transmat_, found[0].transmat_, rtol=1e-9, atol=1e-9)
    assert found[1].score(X) == pytest.approx(found[0].score(X), rel=1e-12)


def test_flowcals_clusters_of_beads(both):
    pytest.importorskip("FlowCal")
    rng = np.random.default_rng(0)
    levels = 10.0 ** np.linspace(1, 4, 6)
    beads = np.exp(rng.normal(np.log(np.repeat(levels, 200))[:, np.newaxis], 0.1, (1200, 2)))

    def run():
        from FlowCal.mef import clustering_gmm

        return clustering_gmm(beads, 6, scale="log")

    theirs, ours = both(run, "FlowCal.mef")
    np.testing.assert_array_equal(ours, theirs)
    assert len(np.unique(ours)) == 6


def test_cgmms_conditioning(both):
    pytest.importorskip("cgmm")
    X, _ = clusters()

    def run():
        from cgmm.conditioner import GMMConditioner
        from cgmm.regressor import ConditionalGMMRegressor

        regressor = ConditionalGMMRegressor(
            n_components=3, tol=1e-9, max_iter=500, random_state=0
        ).fit(X[:, :2], X[:, 2])
        conditioner = GMMConditioner(regressor._gmm_joint_, cond_idx=[0, 1]).precompute()
        return regressor, conditioner.condition(X[5, :2])

    modules = ("cgmm.conditioner", "cgmm.regressor", "cgmm.container")
    (theirs, at_theirs), (ours, at_ours) = both(run, *modules)
    assert is_ours(ours._gmm_joint_)
    mean, variance = ours.predict(X[:, :2], return_cov=True)
    their_mean, their_variance = theirs.predict(X[:, :2], return_cov=True)
    np.testing.assert_allclose(mean, their_mean, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(variance, their_variance, rtol=1e-5)
    assert at_ours.score([[1.0]]) == pytest.approx(at_theirs.score([[1.0]]), rel=1e-6)
    # What it computes is a method of ours, but that it adds reg_covar once more.
    own = ours._gmm_joint_.predict_mean(X[:, :2], given=[0, 1])[:, 0]
    np.testing.assert_allclose(own, mean, rtol=1e-4, atol=1e-4)


def test_rdts_normalizer(both):
    pytest.importorskip("rdt")
    import pandas as pd

    rng = np.random.default_rng(0)
    column = pd.DataFrame({"x": np.concatenate([rng.normal(m, 1.0, 400) for m in (0, 20, 50)])})

    def run():
        from rdt.transformers import ClusterBasedNormalizer

        transformer = ClusterBasedNormalizer(max_clusters=3)
        transformer.fit(column, column="x")
        np.random.seed(0)  # noqa: NPY002  (it draws from there)
        return transformer, transformer.transform(column)

    (theirs, by_theirs), (ours, by_ours) = both(run, "sklearn.mixture")
    assert is_ours(ours._bgm_transformer)
    assert ours.valid_component_indicator.sum() == theirs.valid_component_indicator.sum() == 3
    back = ours.reverse_transform(by_ours)["x"].to_numpy()
    np.testing.assert_allclose(back, column["x"], atol=0.05)
    spread = np.sort(by_ours["x.normalized"].to_numpy())
    np.testing.assert_allclose(spread, np.sort(by_theirs["x.normalized"].to_numpy()), atol=0.01)

"""The contract of `BayesianGaussianMixture`: constructor, attributes, refusals, files."""

import pickle

import numpy as np
import pytest
from bayesian import KINDS, assert_same
from common import blobs
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.mixture import BayesianGaussianMixture as SklearnMixture
from sklearn.mixture import GaussianMixture as SklearnGaussian
from sklearn.utils.estimator_checks import check_estimator

from fastgmm import BayesianGaussianMixture, GaussianMixture, ModelFileError


@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_checks_pass():
    for result in check_estimator(BayesianGaussianMixture(), on_fail=None):
        assert result["status"] in ("passed", "skipped"), (result["check_name"], result)
        if result["status"] == "skipped":
            assert result["check_name"] == "check_array_api_input"


def test_constructor_and_attributes_are_scikit_learns():
    theirs, ours = SklearnMixture(), BayesianGaussianMixture()
    assert ours.get_params() == theirs.get_params()
    with pytest.raises(TypeError, match="positional"):
        BayesianGaussianMixture(3)
    X = blobs(100)
    fitted = [{n for n in vars(m.fit(X)) if n.endswith("_")} for m in (theirs, ours)]
    assert fitted[0] | {"lower_bounds_"} == fitted[1]  # scikit-learn has it from 1.7 on
    assert not {"aic", "bic", "icl", "from_mixture", "fit_labeled"} & set(dir(ours))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_components": 0}, "n_components"),
        ({"n_components": 51}, "Expected n_samples >= n_components"),
        ({"covariance_type": "VEI"}, "covariance_type"),
        ({"weight_concentration_prior_type": "process"}, "weight_concentration_prior_type"),
        ({"weight_concentration_prior": 0.0}, "weight_concentration_prior"),
        ({"mean_precision_prior": -1.0}, "mean_precision_prior"),
        ({"mean_precision_prior": 5e-324}, r"'mean_precision_prior' .* in the range \[1e-300"),
        ({"degrees_of_freedom_prior": np.inf}, "degrees_of_freedom_prior"),
        ({"degrees_of_freedom_prior": 2.0}, "should be greater than 2, but got 2.000"),
        ({"mean_prior": [0.0]}, r"'means' should have the shape of \(3,\), but got \(1,\)"),
        ({"mean_prior": [0.0, np.nan, 0.0]}, "mean_prior contains NaN"),
        ({"covariance_prior": 2.0}, r"'full covariance_prior' should .* \(3, 3\), but got \(\)"),
        ({"covariance_prior": np.eye(2)}, r"should have the shape of \(3, 3\)"),
        ({"covariance_prior": -np.eye(3)}, "should be symmetric, positive-definite"),
        ({"covariance_type": "diag", "covariance_prior": np.eye(3)}, r"shape of \(3,\)"),
        ({"covariance_type": "diag", "covariance_prior": [1.0, 0.0, 1.0]}, "should be positive"),
        ({"covariance_type": "spherical", "covariance_prior": [1.0, 2.0]}, r"shape of \(1,\)"),
    ],
)
def test_bad_parameters_are_refused(params, message):
    model = BayesianGaussianMixture(**params)
    with pytest.raises(ValueError, match=message):
        model.fit(blobs(50))
    assert not [name for name in vars(model) if name.endswith("_")]


def test_nothing_works_before_a_fit():
    for name in ("predict", "predict_proba", "score", "score_samples"):
        with pytest.raises(NotFittedError, match="This BayesianGaussianMixture instance"):
            getattr(BayesianGaussianMixture(), name)(blobs(10))


@pytest.mark.parametrize(("covariance_type", "prior_type"), KINDS)
def test_saved_pickled_and_converted_models_are_the_same(covariance_type, prior_type, tmp_path):
    X = blobs(150, 2)
    prior = {"mean_prior": [1.0, 2.0]}
    if covariance_type == "spherical":
        prior["covariance_prior"] = 0.8
    model = BayesianGaussianMixture(
        n_components=3,
        covariance_type=covariance_type,
        weight_concentration_prior_type=prior_type,
        random_state=0,
        warm_start=True,
        **prior,
    ).fit(X)
    model.save(tmp_path / "model.npz")
    others = [
        BayesianGaussianMixture.load(tmp_path / "model.npz"),
        pickle.loads(pickle.dumps(model)),
        BayesianGaussianMixture.from_sklearn(model.to_sklearn()),
    ]
    for other in others:
        assert_same(model, other, 1e-14)
        assert type(other.weight_concentration_) is type(model.weight_concentration_)
        assert type(other.degrees_of_freedom_) is type(model.degrees_of_freedom_)
        np.testing.assert_allclose(other.score_samples(X), model.score_samples(X), rtol=1e-12)
    theirs = model.to_sklearn()
    np.testing.assert_allclose(theirs.score_samples(X), model.score_samples(X), rtol=1e-9)
    np.testing.assert_allclose(model.mixture_.weights, model.weights_)
    before = model.lower_bound_
    for other in (*others, model):
        assert other.fit(X).lower_bound_ >= before - 1e-9 * abs(before)  # it goes on
    assert all(other.n_iter_ == model.n_iter_ for other in others)


def test_a_prior_of_constant_rows_is_saved(tmp_path):
    X = np.where([False, True], 7.0, blobs(60, 2))
    model = BayesianGaussianMixture(n_components=2, random_state=0, max_iter=1000).fit(X)
    model.save(tmp_path / "model.npz")
    others = [
        BayesianGaussianMixture.load(tmp_path / "model.npz"),
        BayesianGaussianMixture.from_sklearn(model.to_sklearn()),
    ]
    assert model.covariance_prior_[1, 1] == 0.0
    for other in others:
        assert_same(model, other, 1e-14)


def test_what_no_load_would_take_is_not_saved(tmp_path):
    model = BayesianGaussianMixture(n_components=2, random_state=0).fit(blobs(60, 2))
    rebuilt = BayesianGaussianMixture(n_components=2)
    rebuilt._set_parameters(model._get_parameters())
    with pytest.raises(ValueError, match="no weight_concentration_prior_, mean_precision_prior_"):
        rebuilt.save(tmp_path / "model.npz")
    model.mean_prior_ = np.zeros(3)
    with pytest.raises(ValueError, match=r"should have the shape of \(2,\), but got \(3,\)"):
        model.save(tmp_path / "model.npz")
    assert not (tmp_path / "model.npz").exists()


def test_rows_too_large_for_squares_are_refused():
    with pytest.raises(ValueError, match="too large for sums of squares"):
        BayesianGaussianMixture(n_components=2, random_state=0).fit(1e160 * blobs(60, 2))


def test_what_is_no_such_model_is_refused(tmp_path):
    X = blobs(60, 2)
    model = BayesianGaussianMixture(n_components=2, random_state=0).fit(X)
    model.save(tmp_path / "bayesian.npz")
    GaussianMixture(2).fit(X).save(tmp_path / "gaussian.npz")
    with pytest.raises(ModelFileError, match=r"it is a 'fastgmm.GaussianMixture' file"):
        BayesianGaussianMixture.load(tmp_path / "gaussian.npz")
    with pytest.raises(ModelFileError, match=r"it is a 'fastgmm.BayesianGaussianMixture' file"):
        GaussianMixture.load(tmp_path / "bayesian.npz")
    with pytest.raises(ValueError, match="fitted BayesianGaussianMixture: no weight_concentration"):
        BayesianGaussianMixture.from_sklearn(SklearnGaussian(2).fit(X))
    with np.load(tmp_path / "bayesian.npz") as file:
        arrays = {name: file[name] for name in file.files}
    for name, value, message in (
        ("degrees_of_freedom_", np.array([1.0, 5.0]), "must be above 1"),
        ("mean_precision_", np.array([1.0]), r"must be of shape \(2,\)"),
        ("weight_concentration_", np.array([1.0, 2.0]), r"must be of shape \(2, 2\)"),
        ("mean_precision_prior_", np.array(-1.0), "must be positive"),
        ("covariance_prior_", np.eye(3), r"should have the shape of \(2, 2\)"),
        ("covariance_prior_", np.full((2, 2), np.nan), "covariance_prior contains NaN"),
    ):
        np.savez(tmp_path / "changed.npz", **arrays | {name: value})
        with pytest.raises(ModelFileError, match=message):
            BayesianGaussianMixture.load(tmp_path / "changed.npz")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weight_concentration_prior_type": "dirichlet_distribution"}, "weight_concentration_"),
        ({"covariance_type": "diag"}, "asks for covariances_ of shape"),
        ({"mean_precision_": np.ones(3)}, "mean_precision_ must be of shape"),
        ({"degrees_of_freedom_": np.array([9.0, 1.0])}, "degrees_of_freedom_ must be above 1"),
        ({"mean_precision_": np.array([1.0, np.nan])}, "mean_precision_ must be finite"),
    ],
)
def test_attributes_that_do_not_belong_together_are_refused(changes, message):
    X = blobs(60, 2)
    model = BayesianGaussianMixture(n_components=2, random_state=0, warm_start=True).fit(X)
    for name, value in changes.items():
        setattr(model, name, value)
    for method in ("predict", "fit"):
        with pytest.raises(ValueError, match=message):
            getattr(model, method)(X)


def test_samples_have_the_expected_moments():
    X = blobs(400, 2)
    model = BayesianGaussianMixture(n_components=2, random_state=0, max_iter=1000).fit(X)
    rows, labels = model.sample(40_000)
    shares = np.bincount(labels, minlength=2) / len(labels)
    np.testing.assert_allclose(shares, model.weights_, atol=0.01)
    for k in range(2):
        np.testing.assert_allclose(rows[labels == k].mean(axis=0), model.means_[k], atol=0.2)
        np.testing.assert_allclose(
            np.cov(rows[labels == k].T), model.covariances_[k], rtol=0.1, atol=0.2
        )


def test_verbose_and_warnings(capsys):
    X = blobs(60, 2)
    with pytest.warns(ConvergenceWarning, match="did not converge"):
        BayesianGaussianMixture(n_components=3, max_iter=2, verbose=2, verbose_interval=1).fit(X)
    out = capsys.readouterr().out
    assert out.startswith("Initialization 0\n  Iteration 1\t lower bound")
    assert "Initialization did not converge. Lower bound" in out


@pytest.mark.parametrize("init_params", ["kmeans", "k-means++", "random", "random_from_data"])
def test_the_best_of_several_starts_is_kept(init_params):
    X = blobs(200, 2, 4)
    params = {"n_components": 4, "init_params": init_params, "max_iter": 500}
    each = BayesianGaussianMixture(n_init=4, random_state=0, **params).fit(X)
    rng = np.random.RandomState(0)
    bounds = [
        BayesianGaussianMixture(random_state=rng, **params).fit(X).lower_bound_ for _ in range(4)
    ]
    assert each.lower_bound_ == max(bounds)

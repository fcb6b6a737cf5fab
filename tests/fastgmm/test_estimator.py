import pathlib
import pickle
import warnings

import numpy as np
import pandas
import polars
import pytest
from common import COVARIANCE_TYPES, blobs
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture as SklearnMixture
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from fastgmm import GaussianMixture, make_mixture
from fastgmm.covariances import TYPES


@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_checks_pass():
    for result in check_estimator(GaussianMixture(), on_fail=None):
        if result["check_name"] != "check_array_api_input":
            assert result["status"] == "passed", (result["check_name"], result)


def test_the_constructor_is_scikit_learns_and_more():
    theirs, ours = SklearnMixture().get_params(), GaussianMixture().get_params()
    assert {name: ours[name] for name in theirs} == theirs
    extra = {"covariances_init": None, "fixed": (), "assignment": "soft", "acceleration": "none"}
    extra |= {"callback": None, "prior": None, "algorithm": "em", "batch_size": None}
    extra |= {"learning_decay": 0.6, "learning_offset": 0.0, "learning_floor": 0.0}
    extra |= {"missing": "refuse"}
    assert {name: v for name, v in ours.items() if name not in theirs} == extra


def test_the_attributes_are_scikit_learns():
    X = blobs(100)
    theirs, ours = SklearnMixture(2).fit(X), GaussianMixture(2).fit(X)
    fitted = {name for name in vars(theirs) if name.endswith("_")}
    fitted |= {"lower_bounds_"}  # which scikit-learn has from 1.7 on
    assert fitted == {name for name in vars(ours) if name.endswith("_")}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_components": 0}, "n_components"),
        ({"n_components": True}, r"'n_components' .* must be an int in the range \[1, inf\)"),
        ({"covariance_type": "round"}, "covariance_type"),
        ({"tol": -1.0}, "tol"),
        ({"reg_covar": -1.0}, "reg_covar"),
        ({"assignment": "firm"}, "assignment"),
        ({"fixed": ("mean",)}, "fixed must hold names out of"),
        ({"fixed": ("means",)}, "give means_init too"),
        ({"fixed": "covariances"}, "give precisions_init or covariances_init too"),
        ({"callback": 3}, "callback"),
        ({"covariances_init": [np.eye(2)]}, "should have the shape of"),
        ({"covariances_init": [-np.eye(3)]}, "'full covariance' should be symmetric, positive"),
        (
            {"covariances_init": [1e-9 * np.eye(3) + [[0, 5e-10, 0], [0, 0, 0], [0, 0, 0]]]},
            "'full covariance' should be symmetric, positive",
        ),
        ({"precisions_init": [np.eye(3)], "covariances_init": [np.eye(3)]}, "not both"),
        ({"means_init": [[0.0, np.nan, 0.0]]}, "means_init contains NaN"),
        ({"means_init": np.ma.masked_equal([[0, 1, 2]], 1)}, "means_init has 1 masked entries"),
        ({"weights_init": np.ma.masked_equal([1], 1)}, "weights_init has 1 masked entries"),
        ({"precisions_init": np.ma.masked_equal([np.eye(3)], 1)}, "precisions_init has 3 masked"),
        ({"weights_init": [0.5]}, "should be normalized"),
        ({"n_components": 101}, "Expected n_samples >= n_components"),
    ],
)
def test_bad_parameters_are_refused(params, message):
    with pytest.raises(ValueError, match=message):
        GaussianMixture(**params).fit(blobs(100))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("method", ["fit", "predict", "score_samples"])
def test_bad_rows_are_refused(value, method):
    X = blobs(50)
    gm = GaussianMixture().fit(X)
    X[7, 1] = value
    with pytest.raises(ValueError, match=r"contains (NaN|infinity)"):
        getattr(gm, method)(X)
    with pytest.raises(ValueError, match="features"):
        gm.predict(np.zeros((5, 2)))


@pytest.mark.parametrize("method", ["fit", "predict", "score_samples", "fit_predict"])
@pytest.mark.parametrize(
    ("X", "message"),
    [
        (b"rows.npy", r"X must be .* got b'rows.npy'; read a file first, by np.load"),
        (pathlib.Path("rows.xlsx"), r"rows.xlsx: expected a file ending in .npy, .csv, .parquet"),
        (polars.LazyFrame({"a": [1.0, 2.0]}), r"got a LazyFrame; compute .* by .collect\(\)"),
        (np.ma.masked_greater(np.ones((5, 3)), 0), "X has 15 masked entries"),
    ],
)
def test_what_are_no_rows_are_named(method, X, message):
    gm = GaussianMixture(random_state=0).fit(blobs(50))
    with pytest.raises((TypeError, ValueError), match=message):
        getattr(gm, method)(X)


def test_masked_arrays_without_masked_entries_are_arrays():
    X = blobs(50)
    gm = GaussianMixture(2, random_state=0).fit(np.ma.masked_array(X))
    np.testing.assert_array_equal(gm.means_, GaussianMixture(2, random_state=0).fit(X).means_)
    with pytest.raises(ValueError, match="sample_weight has 1 masked entries"):
        gm.fit(X, sample_weight=np.ma.masked_equal(np.arange(50.0), 3))


@pytest.mark.parametrize("n_samples", ["x", None, 2.5, True])
def test_a_number_of_samples_is_whole(n_samples):
    gm = GaussianMixture(random_state=0).fit(blobs(50))
    with pytest.raises(TypeError, match=f"n_samples must be a whole number, got {n_samples!r}"):
        gm.sample(n_samples)
    assert len(gm.sample(np.int32(3))[0]) == 3


@pytest.mark.parametrize(
    "fail",
    [
        lambda gm: gm.fit(np.full((10, 3), np.nan)),
        lambda gm: gm.fit(blobs(10, 2), sample_weight=-np.ones(10)),
        lambda gm: gm.fit(blobs(10, 2) * 1e200),
        lambda gm: gm.fit_labeled(blobs(10, 2), np.full(10, 9)),
        lambda gm: gm.set_params(means_init=np.zeros((7, 7))).fit(blobs(10, 2)),
    ],
)
def test_a_failed_fit_leaves_the_last_good_one(fail):
    X = blobs(100)
    gm = GaussianMixture(2, random_state=0).fit(X)
    before = gm.score(X)
    with pytest.raises(ValueError):
        fail(gm)
    assert gm.score(X) == before
    with pytest.raises(ValueError):
        fail(unfitted := GaussianMixture(2))
    assert not [name for name in vars(unfitted) if name.endswith("_")]


def test_nothing_works_before_a_fit():
    gm = GaussianMixture()
    for name in ("predict", "predict_proba", "score", "score_samples", "bic", "aic", "icl"):
        with pytest.raises(NotFittedError):
            getattr(gm, name)(blobs(10))
    with pytest.raises(NotFittedError):
        gm.sample()
    with pytest.raises(NotFittedError):
        gm.save("nowhere.npz")


def test_pipeline_grid_search_clone_and_pickle():
    X = blobs(300)
    pipeline = make_pipeline(StandardScaler(), GaussianMixture(random_state=0, tol=1e-2))
    grid = {
        "gaussianmixture__n_components": [1, 3],
        "gaussianmixture__covariance_type": ["full", "diag"],
    }
    search = GridSearchCV(pipeline, grid, cv=2).fit(X)
    assert search.best_params_["gaussianmixture__n_components"] == 3
    best = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(best.predict(X), search.predict(X))
    assert clone(best[-1]).get_params()["n_components"] == 3


@pytest.mark.parametrize("frame", [pandas.DataFrame, polars.DataFrame])
def test_frames_keep_their_names(frame):
    X = blobs(60)
    named = frame({"a": X[:, 0], "b": X[:, 1], "c": X[:, 2]})
    gm = GaussianMixture(2, random_state=0).fit(named)
    assert list(gm.feature_names_in_) == ["a", "b", "c"]
    np.testing.assert_array_equal(
        gm.predict(named), GaussianMixture(2, random_state=0).fit_predict(X)
    )
    with pytest.raises(ValueError, match="feature names should match"):
        gm.predict(named[["b", "a", "c"]])


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("init_params", ["kmeans", "k-means++"])
def test_an_integer_weight_is_a_repetition(covariance_type, init_params):
    X = blobs(150)
    weights = np.random.default_rng(0).integers(0, 4, len(X))
    params = {
        "covariance_type": covariance_type, "init_params": init_params, "random_state": 3,
        "tol": 1e-6, "max_iter": 500,
    }  # fmt: skip
    weighted = GaussianMixture(3, **params).fit(X, sample_weight=weights)
    repeated = GaussianMixture(3, **params).fit(np.repeat(X, weights, axis=0))
    assert weighted.n_iter_ == repeated.n_iter_
    for name in ("weights_", "means_", "covariances_", "lower_bounds_"):
        np.testing.assert_allclose(
            getattr(weighted, name), getattr(repeated, name), rtol=1e-7, atol=1e-9
        )
    assert weighted.score(X, sample_weight=weights) == pytest.approx(
        repeated.score(np.repeat(X, weights, axis=0)), rel=1e-10
    )


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("scale", [1e-90, 1e-44, 1e-12, 1e9, 1e38, 1e90])
def test_the_scale_of_the_weights_does_not_matter(scale, dtype):
    X = blobs(200).astype(dtype)
    tolerance = 1e-9 if dtype == np.float64 else 1e-4
    a = GaussianMixture(3, random_state=0).fit(X)
    b = GaussianMixture(3, random_state=0).fit(X, sample_weight=np.full(len(X), scale))
    np.testing.assert_allclose(b.means_, a.means_, rtol=tolerance)
    np.testing.assert_allclose(b.lower_bounds_, a.lower_bounds_, rtol=tolerance)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (-np.ones(50), "Negative values"),
        (np.zeros(50), "positive entry|at least one non-zero"),
        (np.ones(49), "sample_weight.shape"),
        (np.full(50, np.nan), "sample_weight contains NaN"),
    ],
)
def test_bad_weights_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        GaussianMixture().fit(blobs(50), sample_weight=weights)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_labelled_rows_give_the_closed_form(covariance_type):
    import naive

    X = blobs(200)
    y = np.arange(200) % 3
    gm = GaussianMixture(3, covariance_type=covariance_type, reg_covar=0).fit_labeled(X, y)
    weights, means, covariances = naive.m_step(X, np.eye(3)[y], covariance_type)
    np.testing.assert_allclose(gm.weights_, weights, rtol=1e-12)
    np.testing.assert_allclose(gm.means_, means, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        gm.covariances_, TYPES[covariance_type].to_sklearn(covariances), rtol=1e-9, atol=1e-11
    )
    mixture = make_mixture(weights, means, covariances, covariance_type=covariance_type)
    joint = naive.log_joint(X, mixture)
    assert gm.lower_bound_ == pytest.approx(joint[np.arange(200), y].mean(), rel=1e-10)
    assert gm.converged_


def test_a_few_labels_name_the_components():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 900)
    X = np.array([[0.0, 0], [5, 0], [0, 5]])[truth] + rng.normal(size=(900, 2))
    y = np.where(rng.random(900) < 0.02, truth, -1)
    gm = GaussianMixture(3, tol=1e-8, max_iter=1000).fit_labeled(X, y)
    assert adjusted_rand_score(truth, gm.predict(X)) > 0.93
    assert (gm.predict(X) == truth).mean() > 0.97  # the very labels, not a permutation
    assert (np.diff(gm.lower_bounds_) >= -1e-12).all()
    only = GaussianMixture(3).fit_labeled(X[y >= 0], y[y >= 0])
    assert gm.score(X) > only.score(X)


def test_a_component_without_labels_finds_its_rows():
    X = np.concatenate([blobs(200, 2, 1, seed=1), blobs(200, 2, 1, seed=1) + 40])
    y = np.full(400, -1)
    y[:5] = 0
    gm = GaussianMixture(2, max_iter=500).fit_labeled(X, y)
    np.testing.assert_array_equal(gm.predict(X), np.repeat([0, 1], 200))


@pytest.mark.parametrize("labelled", [1, 4])  # of them all but one weigh nothing
def test_components_without_labels_have_as_many_starts_as_asked(labelled):
    X = np.random.default_rng(0).normal(size=(300, 2))
    y = np.where(np.arange(300) < labelled, np.arange(300), -1)
    gm = GaussianMixture(4, random_state=0, max_iter=300)
    w = 1.0 * (y <= 0)
    one = [gm.set_params(random_state=s).fit_labeled(X, y, w).lower_bound_ for s in range(4)]
    several = gm.set_params(n_init=8).fit_labeled(X, y, w).lower_bound_
    assert np.ptp(one) > 1e-3
    assert several >= max(one) - 1e-3


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_labels_are_believed_whatever_the_start_has_for_weights(covariance_type, dtype):
    X = blobs(200, 2, 2).astype(dtype)
    y = np.repeat([0, 1], 100)
    gm = GaussianMixture(2, covariance_type=covariance_type, random_state=0)
    expected = gm.fit_labeled(X, y)
    found = clone(gm).set_params(weights_init=[1.0, 0.0]).fit_labeled(X, y)
    np.testing.assert_allclose(found.means_, expected.means_, rtol=1e-6)
    np.testing.assert_array_equal(found.weights_, [0.5, 0.5])
    some = np.where(np.arange(200) % 2, y, -1)
    partial = clone(gm).set_params(weights_init=[1.0, 0.0], max_iter=200).fit_labeled(X, some)
    assert partial.weights_[1] > 0.1
    held = clone(gm).set_params(weights_init=[1.0, 0.0], fixed="weights")
    with pytest.raises(ValueError, match="weights_init, which is fixed, has a zero"):
        held.fit_labeled(X, some)


@pytest.mark.parametrize("order", ["<", ">"])
def test_float32_of_any_byte_order_is_float32(order):
    X = blobs(100, 2, 2).astype(np.float32)
    expected = GaussianMixture(2, random_state=0).fit(X)
    gm = GaussianMixture(2, random_state=0).fit(X.astype(X.dtype.newbyteorder(order)))
    assert gm.means_.dtype == np.float32
    np.testing.assert_array_equal(gm.means_, expected.means_)
    np.testing.assert_array_equal(gm.score_samples(X.astype(">f4")), expected.score_samples(X))


def test_a_warm_start_without_iterations_keeps_the_lower_bound():
    gm = GaussianMixture(2, random_state=0, warm_start=True).fit(blobs(100))
    bound = gm.lower_bound_
    assert gm.set_params(max_iter=0).fit(blobs(100)).lower_bound_ == bound


@pytest.mark.parametrize("name", ["bic", "icl"])
def test_weights_that_sum_to_one_have_no_penalty_and_a_warning(name):
    X = blobs(100)
    gm = GaussianMixture(2, random_state=0).fit(X)
    with pytest.warns(
        UserWarning, match="Weights count rows in bic and icl, and these sum to 1 row"
    ):
        getattr(gm, name)(X, sample_weight=np.full(100, 0.01))
    getattr(gm, name)(X, sample_weight=np.full(100, 0.1))


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([0.5] * 20, "y must hold integers"),
        (["a"] * 20, "LabelEncoder"),
        ([0] * 19, "one label a row"),
        ([2] * 20, "component from 0 to 1"),
        ([-2] * 20, "component from 0 to 1"),
        ([-1] * 20, "no known label"),
        ([0] * 20, r"y names no row of the components \[1\]"),
    ],
)
def test_bad_labels_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        GaussianMixture(2).fit_labeled(blobs(20), y)


def test_icl_is_bic_and_twice_the_entropy():
    X = blobs(300)
    gm = GaussianMixture(3, random_state=0).fit(X)
    resp = gm.predict_proba(X)
    entropy = -(resp * np.log(np.where(resp > 0, resp, 1.0))).sum()
    assert entropy > 0
    assert gm.icl(X) == pytest.approx(gm.bic(X) + 2 * entropy, rel=1e-10)


def test_warm_start_goes_on():
    X = blobs(400, spread=1.0)
    gm = GaussianMixture(3, warm_start=True, max_iter=3, tol=1e-7, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        first = gm.fit(X).lower_bound_
        assert gm.fit(X).lower_bound_ > first
    once = GaussianMixture(3, max_iter=6, tol=1e-7, random_state=0)
    with pytest.warns(ConvergenceWarning):
        once.fit(X)
    np.testing.assert_allclose(gm.means_, once.means_, rtol=1e-10)


@pytest.mark.parametrize(("of", "then"), [(2, 1), (1, 2), (2, 3), (4, 2)])
def test_warm_start_refuses_another_number_of_features(of, then):
    gm = GaussianMixture(2, covariance_type="diag", warm_start=True, random_state=0)
    before = gm.fit(blobs(50, of)).score(blobs(50, of))
    with pytest.raises(ValueError, match=f"last fit, of n_features {of}; got {then}"):
        gm.fit(blobs(50, then))
    assert gm.n_features_in_ == of
    assert gm.score(blobs(50, of)) == before


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_components": 5}, "of n_components 2; got 5"),
        ({"covariance_type": "full"}, "covariance_type='full' asks for covariances_ of shape"),
        ({"covariance_type": "tied"}, r"of shape \(3, 3\) with means_ .* got \(2, 3\)"),
        ({"covariance_type": "spherical"}, "a changed covariance_type needs a new fit"),
    ],
)
def test_warm_start_refuses_another_kind_of_mixture(params, message):
    X = blobs(50)
    gm = GaussianMixture(2, covariance_type="diag", warm_start=True, random_state=0).fit(X)
    before = gm.means_
    with pytest.raises(ValueError, match=message):
        gm.set_params(**params).fit(X)
    assert gm.means_ is before
    if "covariance_type" in params:
        with pytest.raises(ValueError, match=message):
            gm.predict(X)
    gm.set_params(warm_start=False).fit(X)
    assert gm.n_components == len(gm.means_)


def test_warm_start_holds_what_is_fixed_at_what_is_given():
    X = blobs(100)
    gm = GaussianMixture(2, random_state=0).fit(X)
    means = gm.means_ + 0.5
    gm.set_params(warm_start=True, means_init=means, fixed="means").fit(X)
    np.testing.assert_array_equal(gm.means_, means)
    gm.set_params(fixed=()).fit(X)  # now the last fit is the start, whatever is given
    assert not np.array_equal(gm.means_, means)


def test_warm_start_refuses_columns_in_another_order():
    X = pandas.DataFrame(blobs(50), columns=["a", "b", "c"])
    gm = GaussianMixture(2, covariance_type="diag", warm_start=True, random_state=0).fit(X)
    with pytest.raises(ValueError, match=r"feature names \['a', 'b', 'c'\]; got \['b', 'a', 'c'\]"):
        gm.fit(X[["b", "a", "c"]])
    assert list(gm.feature_names_in_) == ["a", "b", "c"]
    gm.fit(X.to_numpy())  # without names there is nothing to compare


def test_verbose_prints_what_scikit_learn_prints(capsys):
    GaussianMixture(2, verbose=2, verbose_interval=1, random_state=0, n_init=2).fit(blobs(100))
    out = capsys.readouterr().out
    assert "Initialization 0" in out
    assert "Initialization 1" in out
    assert "  Iteration 1\t lower bound" in out
    assert "Initialization converged. Lower bound" in out


def test_best_of_several_starts_is_kept():
    X = blobs(300, 2, 5, spread=2.0)
    bounds = []
    for n_init in (1, 8):
        gm = GaussianMixture(5, n_init=n_init, init_params="random_from_data", random_state=1)
        bounds.append(gm.fit(X).lower_bound_)
    assert bounds[1] >= bounds[0]


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_samples_have_the_mixtures_moments(covariance_type):
    X = blobs(500, 2, 2)
    gm = GaussianMixture(2, covariance_type=covariance_type, random_state=0).fit(X)
    S, y = gm.sample(40_000)
    assert (np.diff(y) >= 0).all()
    np.testing.assert_allclose(np.bincount(y) / len(y), gm.weights_, atol=0.01)
    again = GaussianMixture(2, covariance_type=covariance_type, random_state=0).fit_labeled(S, y)
    np.testing.assert_allclose(again.means_, gm.means_, atol=0.08)
    np.testing.assert_allclose(again.covariances_, gm.covariances_, rtol=0.08, atol=0.08)

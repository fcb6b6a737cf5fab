"""What people do with the attributes of a fitted mixture, against scikit-learn's class.

An idiom is done to a model of ours and to one of scikit-learn's with the same parameters. Then all
that both can do must agree.
"""

import copy
import json
import pickle
import warnings

import numpy as np
import pytest
from common import COVARIANCE_TYPES, blobs
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as SklearnMixture

from fastgmm import GaussianMixture, log_density

K = 3
NAMES = ("weights_", "means_", "covariances_", "precisions_cholesky_", "precisions_")
NEEDED = ("weights_", "means_", "precisions_cholesky_")


def lower(model):
    if model.covariance_type in ("full", "tied"):
        return np.linalg.cholesky(np.linalg.inv(model.covariances_))
    return 1.0 / np.sqrt(model.covariances_)


def upper(model):
    if model.covariance_type not in ("full", "tied"):
        return 1.0 / np.sqrt(model.covariances_)
    L = np.linalg.cholesky(model.covariances_)
    return np.swapaxes(np.linalg.inv(L), -1, -2)


def each(change, names=NAMES):
    """Return an idiom that sets each attribute to a change of it."""

    def idiom(model):
        for name in names:
            setattr(model, name, change(getattr(model, name)))
        return model

    return idiom


def setting(**values):
    """Return an idiom that sets attributes to functions of the model."""

    def idiom(model):
        new = {name: value(model) for name, value in values.items()}
        for name, value in new.items():
            setattr(model, name, value)
        return model

    return idiom


def order_by(key):
    """Return an idiom that sorts the components."""

    def idiom(model):
        order = key(model)
        for name in NAMES:
            if model.covariance_type != "tied" or name in ("weights_", "means_"):
                setattr(model, name, getattr(model, name)[order])
        return model

    return idiom


def in_place(name, change):
    def idiom(model):
        change(getattr(model, name))
        return model

    return idiom


def sorted_in_place(model):
    order = np.argsort(model.means_[:, 0])
    for name in NAMES:
        if model.covariance_type != "tied" or name in ("weights_", "means_"):
            getattr(model, name)[:] = getattr(model, name)[order].copy()
    return model


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def strided(array):
    return np.repeat(array, 2, axis=0)[::2]


def clone_and_set(names, with_lower=False):
    """Return an idiom that sets some attributes on an unfitted clone."""

    def idiom(model):
        other = clone(model)
        for name in names:
            setattr(other, name, getattr(model, name))
        if with_lower:
            other.precisions_cholesky_ = lower(model)
        return other

    return idiom


def from_json(model):
    stored = json.dumps({name: getattr(model, name).tolist() for name in NAMES})
    other = type(model)(**model.get_params())
    for name, value in json.loads(stored).items():
        setattr(other, name, np.array(value))
    return other


def fewer(model):
    """Leave the last component out, and its covariance where it is."""
    model.weights_ = model.weights_[:-1] / model.weights_[:-1].sum()
    model.means_ = model.means_[:-1]
    if model.covariance_type != "tied":
        model.precisions_cholesky_ = model.precisions_cholesky_[:-1]
    return model


def swapped(model):
    """Exchange two components, one attribute after the other."""
    for name in NAMES:
        if model.covariance_type != "tied" or name in ("weights_", "means_"):
            array = getattr(model, name)
            array[[0, 1]] = array[[1, 0]]
    return model


def scaled(model):
    """Change the unit of the data, as someone does who fitted standardised ones."""
    model.means_ = model.means_ * 2.0
    model.covariances_ = model.covariances_ * 4.0
    model.precisions_cholesky_ = model.precisions_cholesky_ / 2.0
    model.precisions_ = model.precisions_ / 4.0
    return model


def regularised(model):
    if model.covariance_type in ("full", "tied"):
        model.covariances_ = model.covariances_ + 0.1 * np.eye(model.means_.shape[1])
    else:
        model.covariances_ = model.covariances_ + 0.1
    model.precisions_cholesky_ = upper(model)
    return model


IDIOMS = {
    "nothing": lambda model: model,
    "float32": each(np.float32),
    "float32 means": each(np.float32, ["means_"]),
    "float32 weights": each(np.float32, ["weights_"]),
    "float32 factors": each(np.float32, ["precisions_cholesky_"]),
    "float32 covariances": each(np.float32, ["covariances_"]),
    "float16 means": each(np.float16, ["means_"]),
    "long doubles": each(np.longdouble),
    "big-endian": each(lambda a: a.astype(">f8")),
    "integer means": setting(means_=lambda m: np.round(m.means_).astype(int)),
    "int32 means": setting(means_=lambda m: np.round(m.means_).astype(np.int32)),
    "unsigned means": setting(means_=lambda m: np.abs(np.round(m.means_)).astype(np.uint8)),
    "object means": each(lambda a: a.astype(object), ["means_"]),
    "equal weights": setting(weights_=lambda m: np.full(len(m.means_), 1 / len(m.means_))),
    "one weight of one": setting(weights_=lambda m: np.array([0.0, 1.0, 0.0])),
    "weights of one": setting(weights_=lambda m: np.array([0, 1, 0])),
    "Fortran order": each(np.asfortranarray),
    "Fortran means": each(np.asfortranarray, ["means_"]),
    "Fortran factors": each(np.asfortranarray, ["precisions_cholesky_"]),
    "read-only": each(read_only),
    "strided": each(strided),
    "reversed twice": each(lambda a: a[::-1][::-1]),
    "broadcast": each(lambda a: np.broadcast_to(a, a.shape)),
    "memory of a larger array": each(lambda a: np.concatenate([a, a])[: len(a)]),
    "sorted by weight": order_by(lambda m: np.argsort(m.weights_)),
    "sorted by mean": order_by(lambda m: np.argsort(m.means_[:, 0])),
    "reversed": order_by(lambda m: slice(None, None, -1)),
    "picked": order_by(lambda m: [2, 0, 1]),
    "sorted in place": sorted_in_place,
    "swapped in place": swapped,
    "means moved in place": in_place("means_", lambda a: a.__iadd__(0.5)),
    "one mean moved in place": in_place("means_", lambda a: a.__setitem__((0, 1), 3.0)),
    "factors scaled in place": in_place("precisions_cholesky_", lambda a: a.__imul__(0.5)),
    "covariances scaled in place": in_place("covariances_", lambda a: a.__imul__(9.0)),
    "weights changed in place": in_place("weights_", lambda a: a.__setitem__(slice(3), 1 / 3)),
    "precisions changed in place": in_place("precisions_", lambda a: a.__imul__(2.0)),
    "lower factors": setting(precisions_cholesky_=lower),
    "lower float32 factors": setting(precisions_cholesky_=lambda m: np.float32(lower(m))),
    "lower Fortran factors": setting(precisions_cholesky_=lambda m: np.asfortranarray(lower(m))),
    "upper factors anew": setting(precisions_cholesky_=upper),
    "means alone": setting(means_=lambda m: m.means_ + 1.0),
    "weights alone": setting(weights_=lambda m: np.array([0.2, 0.3, 0.5])),
    "covariances alone": setting(covariances_=lambda m: 4.0 * m.covariances_),
    "factors alone": setting(precisions_cholesky_=lambda m: 2.0 * m.precisions_cholesky_),
    "precisions alone": setting(precisions_=lambda m: 2.0 * m.precisions_),
    "covariances of integers": setting(covariances_=lambda m: 4 * _units(m)),
    "factors of integers": setting(precisions_cholesky_=lambda m: 2 * _units(m)),
    "another unit": scaled,
    "more regularisation": regularised,
    "one component less": fewer,
    "a deep copy": copy.deepcopy,
    "a copy": copy.copy,
    "a pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "a deep copy changed": lambda model: scaled(copy.deepcopy(model)),
    "a clone with all set": clone_and_set(NAMES),
    "a clone with the needed set": clone_and_set(NEEDED),
    "a clone with lower factors": clone_and_set(NAMES[:3], with_lower=True),
    "a clone with stale features": lambda m: _with(clone_and_set(NEEDED)(m), n_features_in_=2),
    "a clone that says it converged": lambda m: _with(clone_and_set(NAMES)(m), converged_=True),
    "numbers stored as text": from_json,
    "parameters set again": lambda model: model.set_params(n_components=K, tol=0.1),
    "other parameters": lambda model: model.set_params(random_state=7, max_iter=5),
    "a deleted attribute": lambda model: _without(model, "precisions_"),
    "no covariances": lambda model: _without(model, "covariances_"),
}


def _units(model):
    """Return unit covariances of integers."""
    k, d = model.means_.shape
    eye = np.eye(d, dtype=int)
    return {
        "full": np.stack([eye] * k),
        "tied": eye,
        "diag": np.ones((k, d), int),
        "spherical": np.ones(k, int),
    }[model.covariance_type]


def _with(model, **attributes):
    vars(model).update(attributes)
    return model


def _without(model, name):
    delattr(model, name)
    return model


def pair(covariance_type, d=2):
    """Return a fitted model of ours and the same one of scikit-learn."""
    X = blobs(300, d, K, seed=d)
    ours = GaussianMixture(K, covariance_type=covariance_type, random_state=0, tol=1e-2).fit(X)
    return ours, ours.to_sklearn(), X


def in_doubles(model):
    """Return a copy of a model with the numbers that it has, as float64.

    scikit-learn computes in the lowest precision that it finds, and not at all with objects.
    """
    return each(np.float64, [name for name in NAMES if hasattr(model, name)])(copy.copy(model))


@np.errstate(divide="ignore")  # the logarithm of a weight of zero
def assert_same_density(ours, theirs, X):
    theirs = in_doubles(theirs)
    scores = theirs.score_samples(X)
    single = ours.mixture_.means.dtype == np.float32
    tol = {"rtol": 2e-4, "atol": 2e-3} if single else {"rtol": 1e-9, "atol": 1e-9}
    np.testing.assert_allclose(ours.score_samples(X), scores, **tol)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), **tol)
    if not single:
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
        if len(theirs.means_) == K:  # the others are counted by n_components there
            assert ours.bic(X) == pytest.approx(theirs.bic(X), rel=1e-9)
    assert ours.score(X) == pytest.approx(theirs.score(X), rel=tol["rtol"])
    found = [log_density(x, ours.mixture_) for x in X[:20]]
    np.testing.assert_allclose(found, scores[:20], **tol)


def assert_same_samples(ours, theirs):
    """The draws differ; their moments, by component, are those of what scikit-learn draws from."""
    X, labels = ours.sample(9000)
    for k in np.flatnonzero(np.asarray(theirs.weights_) > 0):
        rows = X[labels == k].astype(float)
        covariance = np.asarray(theirs.covariances_, float)
        if theirs.covariance_type != "tied":
            covariance = covariance[k]
        if theirs.covariance_type in ("diag", "spherical"):
            covariance = np.diag(np.broadcast_to(covariance, rows.shape[1]))
        root = np.linalg.inv(np.linalg.cholesky(covariance))
        whitened = (rows - np.asarray(theirs.means_, float)[k]) @ root.T
        error = 5 / np.sqrt(len(rows))
        np.testing.assert_allclose(whitened.mean(axis=0), 0, atol=error)
        square = whitened.T @ whitened / len(rows)
        np.testing.assert_allclose(square, np.eye(rows.shape[1]), atol=1.5 * error)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("name", IDIOMS)
def test_an_idiom_gives_what_scikit_learn_gives(name, covariance_type, tmp_path):
    assert len(IDIOMS) >= 60
    ours, theirs, X = pair(covariance_type)
    ours, theirs = IDIOMS[name](ours), IDIOMS[name](theirs)
    assert_same_density(ours, theirs, X)
    if hasattr(theirs, "covariances_") and len(theirs.means_) == K:
        assert_same_samples(ours, theirs)
        # Whatever it went through, it can be stored, and handed over.
        assert_same_density(GaussianMixture.from_sklearn(theirs), theirs, X)
        assert_same_density(ours, ours.to_sklearn(), X)
        ours.save(tmp_path / "model.npz")
        loaded = GaussianMixture.load(tmp_path / "model.npz")
        assert_same_density(loaded, theirs, X)
        assert_same_samples(loaded, theirs)
    copied = ours.mixture_
    assert not any(a.flags.writeable for a in copied)
    assert not any(np.shares_memory(a, getattr(ours, n)) for a in copied for n in NEEDED)


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
@pytest.mark.parametrize("d", [2, 9, 12, 33, 40])
@pytest.mark.parametrize("root", ["lower", "symmetric", "QR"])
def test_any_root_of_the_precision_will_do(covariance_type, d, root):
    ours, theirs, X = pair(covariance_type, d)
    precisions = np.linalg.inv(np.reshape(ours.covariances_, (-1, d, d)))
    roots = np.linalg.cholesky(precisions)
    if root == "symmetric":
        values, vectors = np.linalg.eigh(precisions)
        roots = (vectors * np.sqrt(values)[:, np.newaxis]) @ vectors.transpose(0, 2, 1)
    elif root == "QR":  # upper, with diagonals of any sign
        roots = np.linalg.qr(roots[:, ::-1].transpose(0, 2, 1))[1]
        roots = roots.transpose(0, 2, 1)[:, ::-1, ::-1]
    ours.precisions_cholesky_ = roots.reshape(ours.covariances_.shape)
    if (
        root == "lower"
    ):  # scikit-learn's determinant is that of triangular ones of positive diagonal
        theirs.precisions_cholesky_ = ours.precisions_cholesky_
    tol = {"rtol": 1e-7, "atol": 1e-7}
    np.testing.assert_allclose(ours.score_samples(X), theirs.score_samples(X), **tol)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    found = [log_density(x, ours.mixture_) for x in X]
    np.testing.assert_allclose(found, theirs.score_samples(X), **tol)
    assert_same_samples(ours, theirs)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("name", ["lower factors", "means alone", "integer means", "float32 means",
                                  "covariances alone", "Fortran order", "read-only"])  # fmt: skip
def test_a_warm_start_goes_on_from_what_is_set(name, covariance_type):
    models = pair(covariance_type)
    X = models[2]
    fitted = []
    for model in models[:2]:
        model = IDIOMS[name](model.set_params(warm_start=True, max_iter=1, tol=0.0))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted.append(model.fit(X))
    tol = {"rtol": 1e-4, "atol": 1e-4} if "32" in name else {"rtol": 1e-7, "atol": 1e-9}
    for attribute in ("weights_", "means_", "covariances_", "precisions_"):
        ours, theirs = (getattr(model, attribute) for model in fitted)
        np.testing.assert_allclose(ours, theirs, **tol)


def test_covariances_alone_are_enough():
    gm, theirs, X = pair("full")
    del gm.precisions_cholesky_
    assert_same_samples(gm, theirs)
    np.testing.assert_allclose(gm.score_samples(X), theirs.score_samples(X), rtol=1e-9)
    gm.covariances_ = np.zeros((K, 2, 2))  # of which scikit-learn draws too
    S, labels = gm.sample(50)
    np.testing.assert_array_equal(S, gm.means_[labels])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights_": [0.5, 0.5]}, r"of shapes \(K,\) and \(K, D\), got \(2,\) and \(3, 2\)"),
        ({"weights_": [0.5, 0.4, 0.2]}, "weights_ must sum to 1, got 1.1: divide by their sum"),
        ({"weights_": [-0.5, 1.0, 0.5]}, "weights_ must be non-negative"),
        ({"weights_": [0.0, 0.0, 0.0]}, "weights_ must be non-negative, and one positive"),
        ({"means_": [1.0, 2.0, 3.0]}, r"means_ must be of shape \(K, D\)"),
        ({"means_": np.full((3, 2), np.nan)}, "means_ must be finite, got nan"),
        ({"means_": np.full((3, 2), "a")}, "means_ must hold real numbers, got dtype <U1"),
        ({"means_": np.full((3, 2), 1j)}, "means_ must hold real numbers"),
        ({"means_": np.zeros((3, 4))}, r"asks for covariances_ of shape \(3, 4, 4\)"),
        ({"precisions_cholesky_": np.ones((3, 2, 2))}, "must be invertible"),
        ({"precisions_cholesky_": np.eye(2)}, r"precisions_cholesky_ of shape \(3, 2, 2\)"),
        ({"covariance_type": "round"}, "covariance_type must be one of full"),
    ],
)
def test_what_is_no_mixture_is_refused_in_one_line(changes, message):
    gm, _, X = pair("full")
    for name, value in changes.items():
        setattr(gm, name, np.asarray(value) if name != "covariance_type" else value)
    for use in (lambda: gm.predict(X), lambda: gm.score(X), lambda: gm.mixture_):
        with pytest.raises(ValueError, match=message) as caught:
            use()
        assert "\n" not in str(caught.value)


def test_what_load_would_refuse_is_not_saved(tmp_path):
    gm, _, _ = pair("full")
    gm.weights_ = gm.weights_ * 2
    with pytest.raises(ValueError, match="weights_ must sum to 1"):
        gm.save(tmp_path / "model.npz")
    assert not list(tmp_path.iterdir())


def test_rows_of_other_features_than_the_means_are_refused():
    gm, _, X = pair("full")
    other = _with(GaussianMixture(K), weights_=gm.weights_, means_=gm.means_)
    with pytest.raises(ValueError, match="has no precisions_cholesky_"):
        other.predict(X)
    other.precisions_cholesky_ = gm.precisions_cholesky_
    with pytest.raises(ValueError, match="X has 3 features, but means_ 2"):
        other.predict(np.zeros((5, 3)))


def test_the_models_of_two_libraries_share_nothing():
    theirs = SklearnMixture(K, random_state=0).fit(blobs(100, 2, K))
    before = theirs.means_.copy()
    gm = GaussianMixture.from_sklearn(theirs)
    gm.means_ += 1.0
    np.testing.assert_array_equal(theirs.means_, before)


@pytest.mark.parametrize("matrix", [[[1.0, 0.5], [-0.5, 1.0]], [[1.0, 2.0], [2.0, 1.0]]])
def test_no_samples_of_what_is_no_covariance(matrix):
    ours = pair("tied", 2)[0]
    ours.covariances_ = np.array(matrix)
    with pytest.raises(ValueError, match="must be symmetric and positive semi-definite"):
        ours.sample()

"""Models survive every way out and back, and a damaged or hostile file ends in one line."""

import io
import json
import os
import pickle
import zipfile

import numpy as np
import pytest
from common import COVARIANCE_TYPES, assert_same_model, blobs, fitted, saved
from sklearn.base import clone

from fastgmm import GaussianMixture, ModelFileError
from fastgmm.model.persistence import FORMAT, VERSION

NAME = FORMAT.format("GaussianMixture")

K, D = 3, 2


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_save_and_load(covariance_type, dtype, tmp_path):
    gm = fitted(covariance_type, dtype)
    assert gm.means_.dtype == dtype
    again = saved(gm, tmp_path / "no_suffix")
    assert os.listdir(tmp_path) == ["no_suffix"]
    assert again.get_params() == gm.get_params()
    assert_same_model(gm, again)
    assert not hasattr(again, "feature_names_in_")


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_starts_and_what_is_fixed_are_kept(covariance_type, tmp_path):
    start = fitted(covariance_type)
    gm = GaussianMixture(
        np.int64(K),
        covariance_type=covariance_type,
        weights_init=start.weights_.tolist(),
        means_init=start.means_,
        covariances_init=start.covariances_,
        fixed={"covariances", "weights"},
        tol=np.float64(0.1),
        assignment="hard",
        random_state=np.int64(3),
    ).fit(blobs(200, D))
    again = saved(gm, tmp_path / "model.npz")
    params = again.get_params()
    assert set(params.pop("fixed")) == {"covariances", "weights"}
    for name, value in gm.get_params().items():
        if name != "fixed":
            assert np.array_equal(params[name], value), name
    assert_same_model(gm, again)
    X = blobs(200, D) + 0.1
    assert_same_model(gm.fit(X), again.fit(X))


def test_feature_names_are_kept(tmp_path):
    import pandas

    X = pandas.DataFrame(blobs(200, D), columns=["length", "Größe"])
    gm = GaussianMixture(K, random_state=0, tol=0.1).fit(X)
    again = saved(gm, tmp_path / "model.npz")
    assert again.feature_names_in_.tolist() == ["length", "Größe"]
    assert again.feature_names_in_.dtype == object
    assert np.array_equal(gm.predict(X), again.predict(X))  # with a warning, were they lost
    with pytest.raises(ValueError, match="feature names"):
        again.predict(X[["Größe", "length"]])


def test_what_is_no_plain_value_is_left_out(tmp_path):
    gm = fitted(callback=lambda state: False).set_params(random_state=np.random.RandomState(0))
    again = saved(gm, tmp_path / "model.npz")
    assert again.callback is None
    assert again.random_state is None
    assert np.array_equal(again.means_, gm.means_)


def test_a_file_is_replaced_and_a_loaded_model_goes_on(tmp_path):
    path = tmp_path / "model.npz"
    path.write_bytes(b"x" * 100_000)
    gm = fitted(warm_start=True, max_iter=50)
    again = saved(gm, path)
    X = blobs(200, D)
    assert np.array_equal(again.fit(X).means_, gm.fit(X).means_)


def test_an_unfitted_model_is_not_saved(tmp_path):
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError):
        GaussianMixture().save(tmp_path / "model.npz")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_pickle_and_clone(covariance_type):
    gm = fitted(covariance_type)
    assert_same_model(gm, pickle.loads(pickle.dumps(gm)))
    copy = clone(gm)
    assert not hasattr(copy, "means_")
    assert copy.get_params() == gm.get_params()
    assert_same_model(gm, copy.fit(blobs(200, D)))


# Files that are no model.


@pytest.fixture(scope="module")
def model_bytes(tmp_path_factory):
    """Return the bytes of a saved model (with two lower bounds or more)."""
    path = tmp_path_factory.mktemp("model") / "model.npz"
    fitted().save(path)
    return path.read_bytes()


def refused(path):
    """Return the one line with which `path` is refused."""
    with pytest.raises(ModelFileError) as caught:
        GaussianMixture.load(path)
    message = str(caught.value)
    assert message
    assert message.count("\n") == 0
    assert str(path) in message
    return message


def test_a_truncated_file(model_bytes, tmp_path):
    path = tmp_path / "model.npz"
    for size in {*range(0, len(model_bytes), 37), len(model_bytes) - 1}:
        path.write_bytes(model_bytes[:size])
        assert "not a fastgmm model file, or it is damaged" in refused(path)


def test_a_damaged_byte_is_found_or_does_not_matter(model_bytes, tmp_path):
    path = tmp_path / "model.npz"
    path.write_bytes(model_bytes)
    original = GaussianMixture.load(path)
    rng = np.random.default_rng(0)
    n_refused = 0
    for position in rng.choice(len(model_bytes), 300, replace=False):
        damaged = bytearray(model_bytes)
        damaged[position] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        try:
            model = GaussianMixture.load(path)
        except ModelFileError:
            n_refused += 1
        else:  # a time stamp of the archive, or the like
            assert model.get_params() == original.get_params()
            assert_same_model(model, original)
    assert n_refused > 150


@pytest.mark.parametrize("size", [0, 1, 22, 1000, 100_000])
@pytest.mark.parametrize("start", [b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00"])
def test_random_bytes(size, start, tmp_path):
    path = tmp_path / "model.npz"
    path.write_bytes(start + np.random.default_rng(size).bytes(size))
    refused(path)


def test_no_file_and_a_directory(tmp_path):
    with pytest.raises(FileNotFoundError):
        GaussianMixture.load(tmp_path / "missing.npz")
    with pytest.raises((IsADirectoryError, PermissionError)):
        GaussianMixture.load(tmp_path)


def tampered(model_bytes, path, change, header=None, savez=np.savez):
    """Write the model with its dict of arrays (and its JSON header) changed in place."""
    with np.load(io.BytesIO(model_bytes)) as file:
        arrays = {name: file[name] for name in file.files}
    head = json.loads(str(arrays["header"][()]))
    if header is not None:
        header(head)
    arrays["header"] = np.array(json.dumps(head))
    change(arrays)
    savez(path, **arrays)


def untouched(_):
    pass


def test_tampering_with_nothing_is_accepted(model_bytes, tmp_path):
    path = tmp_path / "model.npz"
    tampered(model_bytes, path, untouched, untouched)
    assert GaussianMixture.load(path).n_components == K


def setting(name, value):
    return lambda arrays: arrays.__setitem__(name, np.asarray(value))


def at(name, index, value):
    return lambda arrays: arrays[name].__setitem__(index, value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.pop("means"), "means"),
        (lambda a: a.pop("weights"), "weights"),
        (lambda a: a.pop("lower_bounds"), "lower_bounds"),
        (lambda a: a.pop("header"), "header"),
        (setting("header", 1), "int"),
        (setting("header", "{"), "JSONDecodeError"),
        (setting("header", "[" * 200_000), "RecursionError"),
        (setting("header", ["{}", "{}"]), "JSONDecodeError"),
        (
            setting("header", '{"format": "' + NAME + '", "version": ' + "9" * 5000 + "}"),
            "digits",
        ),
        (setting("means", np.ones(K)), r"means of shape \(3,\)"),
        (setting("means", np.ones((K, D), dtype=np.int64)), "dtype int64"),
        (setting("means", np.ones((K, D), dtype=">f8")), "dtype >f8"),
        (setting("means", np.full((K, D), "x")), "dtype <U1"),
        (setting("means", np.ones((K + 1, D))), "weights"),
        (setting("means", np.ones((K, D + 1))), "covariances of shape"),
        (setting("weights", np.ones(K)), "normalized"),
        (setting("weights", [0.5, 0.5]), "weights"),
        (setting("weights", [-0.5, 0.5, 1.0]), "range"),
        (setting("weights", [np.nan, 0.5, 0.5]), "NaN"),
        (setting("weights", np.full(K, 1 / K, dtype=np.float32)), "dtype float32"),
        (setting("covariances", np.ones((K, D))), "covariances of shape"),
        (setting("precisions_cholesky", np.ones((1, D, D))), "precisions_cholesky of shape"),
        (at("means", (0, 0), np.nan), "means not finite"),
        (at("covariances", (0, 0, 1), np.inf), "covariances not finite"),
        (at("covariances", (0, 1, 1), -1.0), "covariances without a positive diagonal"),
        (at("precisions_cholesky", (1, 0, 0), -1.0), "precisions_cholesky without a positive"),
        (at("precisions_cholesky", (1, 1, 1), 0.0), "precisions_cholesky without a positive"),
        (at("precisions_cholesky", (0, 1, 0), 1.0), "precisions_cholesky not upper triangular"),
        (setting("lower_bounds", ["a"]), "could not convert"),
        (setting("lower_bounds", [[1.0]]), "lower_bounds of shape"),
        (setting("feature_names_in", ["a"]), r"feature names of shape \(1,\)"),
        (setting("feature_names_in", [1.0, 2.0]), "dtype float64"),
    ],
)
def test_tampered_arrays(change, message, model_bytes, tmp_path):
    path = tmp_path / "model.npz"
    tampered(model_bytes, path, change)
    with pytest.raises(ModelFileError, match=message):
        GaussianMixture.load(path)
    refused(path)


def updating(**values):
    return lambda head: head.update(values)


def parameter(name, value):
    return lambda head: head["parameters"]["parameters"].__setitem__(name, value)


def result(name, value):
    return lambda head: head["parameters"]["results"].__setitem__(name, value)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (updating(version=VERSION + 1), f"version {VERSION + 1}, .* upgrade fastgmm"),
        (updating(version="1"), "no version number"),
        (updating(version=None), "no version number"),
        (updating(format="other"), "it is a 'other' file"),
        (lambda head: head.pop("format"), "format"),
        (updating(parameters=[]), "no parameters"),
        (updating(parameters={}), "parameters"),
        (parameter("covariance_type", "round"), "covariance_type 'round'"),
        (parameter("covariance_type", "diag"), "covariances of shape"),
        (parameter("covariance_type", ["full"]), "covariance_type"),
        (parameter("n_components", 2), "n_components=2, 3 means"),
        (parameter("n_components", -1), "n_components"),
        (parameter("n_components", "3"), "n_components"),
        (parameter("tol", "small"), "tol"),
        (parameter("fixed", 3), "int"),
        (parameter("callback", "print"), "callback"),
        (parameter("prior", "flat"), "items"),
        (parameter("__class__", "x"), "__class__"),
        (result("n_iter_", "many"), "many"),
        (result("n_iter_", float("nan")), "NaN"),
        (result("n_iter_", float("inf")), "infinity"),
        (lambda head: head["parameters"]["results"].clear(), "converged_"),
    ],
)
def test_tampered_headers(header, message, model_bytes, tmp_path):
    path = tmp_path / "model.npz"
    tampered(model_bytes, path, untouched, header)
    with pytest.raises(ModelFileError, match=message):
        GaussianMixture.load(path)
    refused(path)


class Evil:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("name", ["means", "header", "unknown"])
def test_nothing_is_unpickled(name, model_bytes, tmp_path):
    path, trace = tmp_path / "model.npz", tmp_path / "trace"
    hostile = np.array([Evil(trace)], dtype=object)
    tampered(model_bytes, path, lambda arrays: arrays.__setitem__(name, hostile))
    assert "Object arrays cannot be loaded" in refused(path)
    assert not trace.exists()
    path.write_bytes(pickle.dumps(Evil(trace)))
    refused(path)
    assert not trace.exists()


def test_compressed_arrays_are_refused(model_bytes, tmp_path):
    path = tmp_path / "model.npz"
    tampered(model_bytes, path, untouched, savez=np.savez_compressed)
    assert "its arrays are compressed" in refused(path)


@pytest.mark.parametrize(
    "npy_header",
    [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000000, 2)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (3, -2)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2)" + " " * 60_000 + "}",
        "__import__('os').abort()",
    ],
)
def test_a_hostile_array_header(npy_header, model_bytes, tmp_path):
    path = tmp_path / "model.npz"
    body = npy_header.encode() + b"\n"
    array = b"\x93NUMPY\x01\x00" + len(body).to_bytes(2, "little") + body + bytes(48)
    with zipfile.ZipFile(io.BytesIO(model_bytes)) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, array if name == "means.npy" else old.read(name))
    refused(path)

"""Models converted to ONNX score rows as they do themselves; skops refuses or keeps them whole."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fastgmm import BayesianGaussianMixture, GaussianMixture

pytestmark = pytest.mark.slow

CASES = [(GaussianMixture, t) for t in ("full", "tied", "diag", "spherical", "VEI")]
CASES += [(BayesianGaussianMixture, t) for t in ("full", "tied", "diag", "spherical")]


def rows():
    rng = np.random.default_rng(0)
    return rng.normal(size=(300, 3)) + 4.0 * (np.arange(300)[:, np.newaxis] % 3)


def run(model, X, **options):
    """Return the outputs of a converted model by name."""
    skl2onnx = pytest.importorskip("skl2onnx")
    runtime = pytest.importorskip("onnxruntime")
    from fastgmm.onnx import register_converters

    register_converters()
    converted = skl2onnx.to_onnx(model, X[:1], **options).SerializeToString()
    session = runtime.InferenceSession(converted, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {"X": X}), strict=True))


@pytest.mark.parametrize(("model", "covariance_type"), CASES)
def test_a_converted_model_gives_the_same(model, covariance_type):
    X = rows()
    gm = model(n_components=3, covariance_type=covariance_type, random_state=0, tol=1e-6).fit(X)
    found = run(gm, X, options={id(gm): {"score_samples": True}})
    np.testing.assert_array_equal(found["label"].ravel(), gm.predict(X))
    np.testing.assert_allclose(found["probabilities"], gm.predict_proba(X), rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(found["score_samples"].ravel(), gm.score_samples(X), rtol=1e-11)


def test_a_step_of_a_pipeline_and_float32():
    X = rows()
    pipeline = make_pipeline(StandardScaler(), GaussianMixture(3, random_state=0)).fit(X)
    found = run(pipeline, X)
    assert list(found) == ["label", "probabilities"]
    np.testing.assert_allclose(found["probabilities"], pipeline.predict_proba(X), atol=1e-13)
    single = run(pipeline, X.astype(np.float32))
    assert single["probabilities"].dtype == np.float32
    np.testing.assert_allclose(single["probabilities"], pipeline.predict_proba(X), atol=1e-4)


def test_skops_keeps_a_model_whole():
    io = pytest.importorskip("skops.io")
    X = rows()
    gm = GaussianMixture(3, random_state=0).fit(X)
    kept = io.dumps(gm)
    trusted = io.get_untrusted_types(data=kept)
    assert all(name.startswith("fastgmm.") for name in trusted)
    again = io.loads(kept, trusted=trusted)
    np.testing.assert_array_equal(again.score_samples(X), gm.score_samples(X))
    assert again.get_params() == gm.get_params()

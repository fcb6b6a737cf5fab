"""The shipped data are the published ones."""

import numpy as np

from fastgmm.datasets import load_faithful


def test_faithful_has_the_published_moments():
    X = load_faithful()
    assert X.shape == (272, 2)
    assert X.dtype == np.float64
    # summary(faithful) and cor(faithful) in R
    np.testing.assert_allclose(X.mean(axis=0), [3.487783, 70.897059], atol=5e-7)
    np.testing.assert_allclose(np.median(X, axis=0), [4.0, 76.0])
    np.testing.assert_allclose([X.min(axis=0), X.max(axis=0)], [[1.6, 43.0], [5.1, 96.0]])
    np.testing.assert_allclose(np.corrcoef(X.T)[0, 1], 0.9008112, atol=5e-8)


def test_faithful_names_its_features_in_the_order_of_the_columns():
    X, names = load_faithful(return_names=True)
    assert names == ("eruptions", "waiting")
    assert X[:, names.index("eruptions")].max() < 6 < X[:, names.index("waiting")].min()


def test_faithful_is_a_fresh_array_each_time():
    load_faithful()[:] = 0
    assert load_faithful().any()

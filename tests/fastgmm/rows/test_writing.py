"""What is found of rows is written block by block, and what fails leaves nothing behind."""

import numpy as np
import pandas as pd
import pytest

from fastgmm import GaussianMixture, open_rows
from fastgmm.rows import table
from fastgmm.rows.writing import open_table

X = np.abs(np.random.default_rng(0).normal(size=(60, 3)))


@pytest.mark.parametrize("suffix", ["npy", "csv", "parquet"])
@pytest.mark.parametrize("streamed", [True, False])
def test_predictions_are_written(suffix, streamed, tmp_path, monkeypatch):
    np.save(tmp_path / "x.npy", X)
    monkeypatch.setattr(table, "CACHE_BYTES", 0)
    gm = GaussianMixture(2, random_state=0).fit(X)
    rows = tmp_path / "x.npy" if streamed else X
    out = tmp_path / f"out.{suffix}"
    names = {"predict": ["component"], "score_samples": ["log_density"]}
    for method in ("predict", "predict_proba", "score_samples"):
        assert getattr(gm, method)(rows, out=str(out)) == out
        expected = getattr(gm, method)(X)
        if suffix == "npy":
            found = np.load(out)
        else:
            read = pd.read_csv if suffix == "csv" else pd.read_parquet
            found = read(out)
            assert list(found.columns) == names.get(method, ["component_0", "component_1"])
            found = found.to_numpy().reshape(expected.shape)
        assert found.dtype == expected.dtype
        tol = 0 if suffix != "csv" else 1e-15  # pandas' reader is off by a bit
        np.testing.assert_allclose(found, expected, rtol=tol, atol=tol)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([out.name, "x.npy"])


def test_what_cannot_be_written_is_refused_before_the_rows_are_read(tmp_path):
    gm = GaussianMixture(2, random_state=0).fit(X)
    for out, error in (("x.txt", ValueError), (tmp_path, ValueError),
                       (tmp_path / "no" / "x.npy", FileNotFoundError)):  # fmt: skip
        with pytest.raises(error):
            gm.predict("nowhere.npy", out=out)


def test_what_fails_leaves_the_file_of_before(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "CACHE_BYTES", 0)
    gm = GaussianMixture(2, random_state=0).fit(X)
    out = tmp_path / "out.npy"
    gm.predict(X, out=out)
    before, bad = out.read_bytes(), X.copy()
    bad[50, 0] = np.nan
    np.save(tmp_path / "x.npy", bad)
    with pytest.raises(ValueError, match="row 51, column 1"):
        gm.predict(tmp_path / "x.npy", out=out)
    assert out.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.npy", "x.npy"]
    with (
        pytest.raises(ValueError, match="got 2 of 3 rows"),
        open_table(out, ["a"], 3, np.float64) as file,
    ):
        file.write(np.ones((2, 1)))
    assert out.read_bytes() == before


def test_rows_are_not_overwritten_by_what_is_found_of_them(tmp_path):
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "x.npy"
    np.save(path, X)
    gm = GaussianMixture(2, random_state=0).fit(X)
    for rows in (path, str(path), [path], tmp_path / "data", open_rows(path)):
        with pytest.raises(ValueError, match="is among the rows that are read"):
            gm.predict(rows, out=path)
    with pytest.raises(ValueError, match="is among the rows that are read"):
        gm.predict(tmp_path / "data", out=tmp_path / "data" / "labels.npy")
    np.testing.assert_array_equal(np.load(path), X)


def test_memory_of_wide_tables_is_bounded(tmp_path):
    wide = np.ones((4000, 600))
    names = [f"x{j}" for j in range(600)]
    with open_table(tmp_path / "x.parquet", names, len(wide), wide.dtype) as file:
        file.write(wide)
    sizes = [len(piece) for piece in open_rows(tmp_path / "x.parquet")._reader.pieces(range(600))]
    assert max(sizes) <= 1024
    assert sum(sizes) == 4000

"""The programs of docs/dask.md run."""

import re
from pathlib import Path

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest

import fastgmm

PAGE = Path(__file__).parents[3] / "docs" / "dask.md"


@pytest.fixture(scope="module")
def page():
    names = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), names)
    return names


def test_the_first_program(page):
    assert isinstance(page["labels"], da.Array)
    assert np.bincount(page["labels"].compute()).sum() == 60_000
    order = np.argsort(page["gm"].weights_)
    np.testing.assert_allclose(page["gm"].weights_[order], [1 / 3, 2 / 3], atol=0.01)
    assert page["local"].score(page["X"].compute()) == pytest.approx(page["score"], rel=1e-12)


@pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame")  # of dask
def test_from_parquet_to_parquet(page, rows, tmp_path):
    frame = pd.DataFrame(rows, columns=list("abc"))
    frame["count"] = np.random.default_rng(0).integers(0, 4, len(frame))
    dd.from_pandas(frame, npartitions=6).to_parquet(tmp_path / "in")
    model = page["fit_files"](tmp_path / "in", tmp_path / "out")
    local = fastgmm.GaussianMixture(2, random_state=0)
    local.fit(frame[list("abc")], sample_weight=frame["count"])
    np.testing.assert_allclose(model.means_, local.means_, rtol=1e-9)
    found = pd.read_parquet(tmp_path / "out")["component"]
    assert np.array_equal(found, local.predict(frame[list("abc")]))

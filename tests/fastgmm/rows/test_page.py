"""The programs of docs/large_data.md run."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from common import blobs

PAGE = Path(__file__).parents[3] / "docs" / "large_data.md"


def _write(path, names, n, seed):
    path.parent.mkdir(exist_ok=True)
    X = blobs(n, len(names), 3, seed=seed, spread=4.0)
    pd.DataFrame(np.abs(X), columns=names).to_parquet(path)


@pytest.mark.filterwarnings("ignore:Best performing")
def test_the_programs_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for i in range(2):
        _write(tmp_path / "measurements" / f"{i}.parquet", list("uvw"), 500, i)
        _write(tmp_path / "data" / f"{i}.parquet", list("uv"), 500, i)
    _write(tmp_path / "next_month.parquet", list("uvw"), 200, 5)
    for name in "ab":
        _write(tmp_path / f"{name}.parquet", ["x", "y", "z", "count"], 300, 7)
    programs = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(programs) >= 3
    names = {}
    for program in programs:
        if "fastgmm.spark" in program:  # it has tests of its own
            continue
        exec(program.replace("range(1, 31)", "range(1, 5)"), names)
    assert len(pd.read_parquet("components.parquet")) == 1000
    assert names["best"].n_components in range(1, 5)
    assert names["best"].lower_bound_ > -10.0

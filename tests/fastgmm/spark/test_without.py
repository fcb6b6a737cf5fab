"""`import fastgmm` needs no Spark, and `import fastgmm.spark` says what it needs."""

import subprocess
import sys


def run(program):
    subprocess.run([sys.executable, "-c", program], check=True)


def test_fastgmm_does_not_import_spark():
    run("import sys, fastgmm; assert not {'pyspark', 'fastgmm.spark'} & set(sys.modules)")


def test_without_spark_the_extra_is_named():
    run(
        "import sys\n"
        "sys.modules['pyspark'] = None\n"
        "try:\n"
        "    import fastgmm.spark\n"
        "except ImportError as error:\n"
        "    assert \"pip install 'fastgmm[spark]'\" in str(error), error\n"
        "else:\n"
        "    raise AssertionError\n"
    )

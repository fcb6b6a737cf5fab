"""Model files: .npz without pickle, with a version and checks on the way in."""

import json
import zipfile
from contextlib import contextmanager

import numpy as np

FORMAT = "fastgmm.{}"  # of the name of the estimator
VERSION = 1


class ModelFileError(ValueError):
    """A model file that is damaged, not a model, or of a newer version."""


def write_model(path, estimator, parameters, arrays):
    """Write an estimator's JSON-able dict `parameters` and dict of `arrays` to `path`."""
    header = {"format": FORMAT.format(estimator), "version": VERSION, "parameters": parameters}
    with open(path, "wb") as file:  # np.savez would append .npz to a path without it
        np.savez(file, header=np.array(json.dumps(header)), **arrays)


@contextmanager
def as_model_file_error(path, estimator):
    """Turn whatever reading a damaged file raises into a ModelFileError of one line."""
    try:
        yield
    except (FileNotFoundError, IsADirectoryError, PermissionError, ModelFileError):
        raise
    except Exception as error:  # hostile contents can raise anything, from any layer
        detail = str(error).splitlines()[0] if str(error) else ""
        raise ModelFileError(
            f"{path} is not a fastgmm model file, or it is damaged: expected what "
            f"{estimator}.save writes ({type(error).__name__}: {detail})"
        ) from error


def read_model(path, estimator):
    """Read what `write_model` wrote; return ``(parameters, arrays)``.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModelFileError
        If the file is not a readable model of this version or an older one.
    """
    with as_model_file_error(path, estimator):
        with zipfile.ZipFile(path) as archive:
            # Stored, never compressed: a small file cannot unfold into a huge array.
            if any(info.compress_type != zipfile.ZIP_STORED for info in archive.infolist()):
                raise ValueError("its arrays are compressed")
        with np.load(path, allow_pickle=False) as file:
            contents = {name: file[name] for name in file.files}
        header = json.loads(str(contents.pop("header")[()]))
        if header["format"] != FORMAT.format(estimator):
            raise ValueError(f"it is a {header['format']!r} file")
        version, parameters = header["version"], header["parameters"]
        if not isinstance(version, int) or not isinstance(parameters, dict):
            raise ValueError("it has no version number or no parameters")
        if version > VERSION:
            raise ModelFileError(
                f"{path} has version {version}, this fastgmm reads up to {VERSION}: upgrade fastgmm"
            )
    return parameters, contents

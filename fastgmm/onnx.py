"""ONNX: converters of fitted models for `skl2onnx` (the extra ``onnx``), in pipelines too."""

from __future__ import annotations

from .model.bayesian import BayesianGaussianMixture
from .model.estimator import GaussianMixture


def register_converters() -> None:
    """Have `skl2onnx` convert this package's models, alone or as steps of a pipeline.

    A converted model has the outputs ``label`` (n, 1) and ``probabilities`` (n, K), and with the
    option ``score_samples`` also ``score_samples`` (n, 1), log densities in nats: those that
    skl2onnx gives scikit-learn's classes, to which a model is converted first. Call it once in a
    process, before ``skl2onnx.to_onnx``.

    Raises
    ------
    ImportError
        If skl2onnx is not installed: ``pip install "fastgmm[onnx]"``.

    Notes
    -----
    An ONNX model computes in the dtype of its input, without the care that is taken here of rows
    far from the origin: float32 inputs lose digits where means are many deviations from zero. Give
    it float64, or scale the data first.

    Examples
    --------
    >>> import numpy as np
    >>> from skl2onnx import to_onnx  # doctest: +SKIP
    >>> from fastgmm import GaussianMixture
    >>> from fastgmm.onnx import register_converters
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> gm = GaussianMixture(2, random_state=0).fit(X)
    >>> register_converters()  # doctest: +SKIP
    >>> model = to_onnx(gm, X[:1])  # doctest: +SKIP
    """
    try:
        from skl2onnx import update_registered_converter
    except ImportError:
        raise ImportError(
            'a model is converted to ONNX by skl2onnx: pip install "fastgmm[onnx]"'
        ) from None
    for model in (GaussianMixture, BayesianGaussianMixture):
        update_registered_converter(
            model,
            f"Fastgmm{model.__name__}",
            _set_shapes,
            _convert,
            parser=_outputs,
            options={"score_samples": [False, True]},
        )


def _scored(options):
    return bool((options or {}).get("score_samples", False))


def _outputs(scope, model, inputs, custom_parsers=None):
    """Declare the outputs of a model, as skl2onnx does for scikit-learn's class."""
    from skl2onnx import get_model_alias
    from skl2onnx.common.data_types import Int64TensorType, guess_tensor_type

    operator = scope.declare_local_operator(get_model_alias(type(model)), model)
    operator.inputs = inputs
    names = ["label", "probabilities"]
    if scope.get_options(model, {"score_samples": False})["score_samples"]:
        names.append("score_samples")
    for name in names:
        kind = Int64TensorType() if name == "label" else guess_tensor_type(inputs[0].type)
        operator.outputs.append(scope.declare_local_variable(name, kind))
    return operator.outputs


def _set_shapes(operator):
    """Set the shapes of the outputs."""
    n = operator.inputs[0].get_first_dimension()
    shapes = [n, 1], [n, len(operator.raw_operator.means_)], [n, 1]
    for output, shape in zip(operator.outputs, shapes, strict=False):
        output.type.shape = shape


def _convert(scope, operator, container):
    """Emit scikit-learn's model of the same parameters in place of a model."""
    from skl2onnx.algebra.onnx_operator import OnnxSubEstimator
    from skl2onnx.algebra.onnx_ops import OnnxIdentity

    version, outputs = container.target_opset, operator.outputs
    theirs = OnnxSubEstimator(
        operator.raw_operator.to_sklearn(),
        operator.inputs[0],
        op_version=version,
        options={"score_samples": len(outputs) == 3},
    )
    for i, output in enumerate(outputs):
        named = OnnxIdentity(theirs[i], op_version=version, output_names=[output])
        named.add_to(scope, container)

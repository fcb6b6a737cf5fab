"""The estimators: scikit-learn's contract over the passes and the loop.

* `estimator` has `GaussianMixture`, `bayesian` the Bayesian one; how both are fitted is in
  `fitting`, how they predict, score and sample in `fitted`; `criteria` of the former tell how good
  it is, and `sklearn_names` are private ones that people call.
* `parameters` is the one door to fitted attributes (`means_`, `precisions_cholesky_`, ...), whoever
  has set them, and checks them; `checks` are those of arguments (X, y, weights, the given start)
  and of model files.
* `conversion` and `persistence`: to scikit-learn, to a Mixture, to a file, and back.
"""

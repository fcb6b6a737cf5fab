"""The estimator: scikit-learn's contract over the passes and the loop.

* `estimator` fits; `fitted` predicts, scores and samples.
* `parameters` is the one door to attributes that somebody has set, and checks them; `checks` are
  those of arguments (X, y, weights, the given start) and of model files.
* `conversion` and `persistence`: to scikit-learn, to a Mixture, to a file, and back.
"""

"""The estimator: scikit-learn's contract over the passes and the loop.

* `estimator` fits; `fitted` predicts, scores and samples.
* `parameters` is the one door to parameters that somebody has set, `checks` its checks.
* `conversion` and `persistence`: to scikit-learn, to a Mixture, to a file, and back.
"""

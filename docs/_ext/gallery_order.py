"""The order of the pages of the two galleries: that of a course, not of the alphabet."""

from pathlib import Path

ORDER = {
    "derivatives": [
        *("divided_differences", "dual_numbers", "functions_over_duals", "several_components"),
        *("computational_graph", "forward_mode", "reverse_mode", "operator_overloading"),
        *("source_transformation", "jacobians", "choosing_a_mode", "sparse_jacobians"),
        *("hessians", "hessian_vector_products", "long_loops", "implicit_function", "kinks"),
        *("newtons_method", "optimisation", "stiff_ode", "heat_rod", "neural_network"),
        *("style_tensorflow", "style_theano", "style_cppad", "style_adept"),
    ],
    "mixtures": [
        *("hard_assignments", "generative_story", "covariance_types", "one_or_two"),
        *("em_step_by_step", "labels", "likelihood_surface", "soft_and_hard", "local_optima"),
        *("choosing_k", "gradient_or_em", "heavy_overlap", "bayesian", "anomaly_detection"),
        *("colours", "large_picture", "missing_values", "streams", "regression", "operations"),
    ],
}


class CourseOrder:
    """Sort the files of a gallery as `ORDER` has them; others follow, by name."""

    def __init__(self, src_dir):
        self.names = ORDER.get(Path(src_dir).name, [])

    def __call__(self, filename):
        """Return the sort key of a file."""
        name = Path(filename).stem
        known = name in self.names
        return (not known, self.names.index(name) if known else 0, name)

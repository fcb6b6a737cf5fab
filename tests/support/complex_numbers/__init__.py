"""Functions of real numbers that compute with complex ones inside, with their derivatives."""

"""From a casebook to the probability of its reports, in NumPy, in loops and in PyMC."""

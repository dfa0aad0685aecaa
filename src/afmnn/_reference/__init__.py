"""NumPy twins of the kernels: they state what is computed, tests compare. The API never calls them."""

"""Video models: interpolation and prediction, from short real clips and made-up motion to shipped weights."""

"""Tunes as training data: reading ABC, the data set, training, measuring and shipping the melody model."""

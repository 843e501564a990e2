"""The training lab: data sets looked at, runs planned, watched, steered and compared."""

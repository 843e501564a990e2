"""The training lab without its face: data sets looked at, runs planned, started, followed and steered."""

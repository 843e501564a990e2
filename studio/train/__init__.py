"""Data, objectives, trainers and metrics: everything needed to make the weights the studio ships."""

"""The engine: plugins, jobs, devices and weights. No Qt; torch only inside functions."""

"""Networks from other programs: read as data, recognised, and kept as safetensors. Nothing in them is run."""

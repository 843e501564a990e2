"""Torch networks, one self-contained file per family."""

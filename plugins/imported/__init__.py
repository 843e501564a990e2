"""Generators over the networks that people import from other programs."""

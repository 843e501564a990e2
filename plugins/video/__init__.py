"""Clips from noise and from stills."""

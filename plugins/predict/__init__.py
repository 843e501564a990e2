"""Frames ahead."""

"""Sharper and cleaner pictures."""

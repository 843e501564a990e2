"""The window of the installed models."""

"""The window for batches."""

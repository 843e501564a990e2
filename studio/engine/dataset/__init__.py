"""Folders of pictures to train with: what is in them, what is wrong with them, and clean copies."""

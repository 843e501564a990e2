"""The timeline window: viewer, transport, tracks."""

"""The application without its face: commands, settings, notices and the session they work on."""

"""Music without its face: sound, files, and what the piano roll asks of the generators."""

"""The document: layers, pixels, selection and history. No Qt, no torch; main thread only."""

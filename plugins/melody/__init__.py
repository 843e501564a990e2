"""Built-in generator of melodies."""

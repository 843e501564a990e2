"""Pictures with parts filled anew."""

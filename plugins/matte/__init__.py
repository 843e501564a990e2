"""Cut-outs with clean edges."""

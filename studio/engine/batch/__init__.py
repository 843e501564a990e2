"""A folder of pictures through one generator: what is to do, what is done, and who does it."""

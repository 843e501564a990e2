"""Measurements of the studio, each beside a peer or the hardware's limit in the same run.

Every module here has `run(quick: bool = False) -> dict`: plain numbers with the unit in the name, ratios
named `*_ratio`, and the machine they were taken on. `studio bench NAME --json` prints one of them.
"""

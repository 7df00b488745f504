"""Formats of other systems. A further one is one module here with its `NAMES` and a function `read`."""

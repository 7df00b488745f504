"""Responses turned into skill estimates that carry their doubt."""

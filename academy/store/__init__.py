"""Rows and files: tables, queries and readers. Nothing here commits."""

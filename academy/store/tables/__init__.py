"""Every table of the product, by subject. Rows stay inside store and services."""

from academy.store.tables import accounts, cohorts, gap, items, learning, standings  # noqa: F401  # they register themselves

"""Quantities in patient text: doses, frequencies, routes, forms and durations as numbers, and numbers that are none of these."""

from pipeline.tag.quantities.scan import Item, find_quantities, scan

__all__ = ["Item", "find_quantities", "scan"]

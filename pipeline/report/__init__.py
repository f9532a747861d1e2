"""The explorer: a static site over the tables, that opens from disk and asks no server for anything.

Pages are Jinja templates with autoescape; plots are SVG drawn in cells of tables, so that every plot is its own table.
"""

from pipeline.report.site import write_report

__all__ = ["write_report"]

"""Bringing archives in: politely, once, and so that they can be kept. docs/COLLECTING.md says how it is used."""

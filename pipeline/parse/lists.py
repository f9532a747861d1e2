"""The CSV files of `data/`, which hold what a maintainer may want to add to without reading code."""

import csv
from importlib import resources


def rows(name: str) -> list[dict[str, str]]:
    """The rows of `data/NAME.csv`. Callers cache what they make of them."""
    return list(
        csv.DictReader(resources.files(__package__).joinpath(f"data/{name}.csv").read_text("utf-8").splitlines())
    )

"""ThreadRx: archived patient forum pages in, tables of treatment experiences out."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["load"]


def load(name: str, where: str | None = None, folder: Path | None = None) -> "pd.DataFrame":
    """A table of data/processed as a DataFrame, e.g. `load("experiences", "treatment_name = 'baclofen'")`.

    See `pipeline.tables.load`, which is imported only now: pandas is heavy and the command line rarely needs it.
    """
    from pipeline import tables

    return tables.load(name, where, folder)

"""Aggregates of the tables. A module here is one aggregate: its record, and beside it a function of the module's name that
takes the tables as DataFrames by name, and the settings of the build. The folder is the registry; modules that begin with `_`
hold what aggregates share.

Every count counts people (distinct `patient_id`) with the posts beside it, over the experiences somebody in particular has
had (`is_experience`). Posts whose author is unknown are each their own person, so that one voice may be several of these:
`n_people_unknown_author` says how many there are at most. Where posts of one person differ, the person is counted once, as
the column says. A share is null below a floor of people (`Settings.min_people`).
"""

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING

from pipeline.aggregate._settings import STANDARD, Settings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AGGREGATES", "RECORDS", "STANDARD", "Aggregate", "Frames", "Settings"]

Frames = Mapping[str, "pd.DataFrame"]
Aggregate = Callable[..., "pd.DataFrame"]  # of Frames and, where they are not the standard ones, Settings


def _found() -> dict[str, ModuleType]:
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    return {n: importlib.import_module(f"{__name__}.{n}") for n in names}


def _record(module: ModuleType) -> type:
    """The one dataclass a module defines."""
    classes = [c for _, c in inspect.getmembers(module, inspect.isclass) if c.__module__ == module.__name__]
    (record,) = filter(dataclasses.is_dataclass, classes)
    return record


RECORDS: dict[str, type] = {name: _record(m) for name, m in _found().items()}
AGGREGATES: dict[str, Aggregate] = {name: getattr(m, name) for name, m in _found().items()}

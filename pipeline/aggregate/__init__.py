"""Aggregates: one module each, with its record (`Row`) and a function (`build`) of the tables; the folder is the registry.

Every count counts people (distinct `patient_id`) with the number of posts beside it; a person whose author is unknown is one
per post, and how many of those there are stands in `n_people_unknown_author`.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

Frames = Mapping[str, "pd.DataFrame"]


def _modules() -> dict[str, ModuleType]:
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    return {n: importlib.import_module(f"{__name__}.{n}") for n in names}


_FOUND = _modules()
RECORDS: dict[str, type] = {name: m.Row for name, m in _FOUND.items()}
AGGREGATES: dict[str, Callable[[Frames], "pd.DataFrame"]] = {name: m.build for name, m in _FOUND.items()}

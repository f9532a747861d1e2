"""The command line: one command a stage, two for outside evaluation, one that answers why. Each module here adds its commands."""

import importlib
import pkgutil

from pipeline.cli.application import app

for _module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
    importlib.import_module(f"{__name__}.{_module}")

__all__ = ["app"]

"""From mentions to experiences: who took what, whether they still do, what it did, and what became of it."""

from pipeline.experience.mentions import Tags
from pipeline.experience.rows import Rows, experiences_of

__all__ = ["Rows", "Tags", "experiences_of"]

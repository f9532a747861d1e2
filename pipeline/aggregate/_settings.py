"""What a build counts: which rows, and how few people are too few. Kept with the output, in the table `provenance`."""

import dataclasses
from typing import TYPE_CHECKING

from pipeline.records import Experience, col

if TYPE_CHECKING:
    import pandas as pd


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Which experiences the aggregates rest on, and their floors; the other tables hold every row whatever is set here."""

    only_explicit: bool = col("count only experiences whose treatment is named in the post itself", default=False)
    only_first_hand: bool = col("count only what people tell of themselves", default=False)
    min_score: float = col("count only experiences and effects with at least this score, 0–1", default=0.0)
    min_people: int = col("below this many people no share is given", unit="people", default=5)
    min_cases: int = col("below this many people with a problem no measure of disproportionality is given", unit="people",
                         default=3)  # fmt: skip

    @property
    def selects(self) -> bool:
        """Whether any row is left out."""
        return self.only_explicit or self.only_first_hand or self.min_score > 0

    def keeps(self, row: Experience) -> bool:
        """Whether an experience counts."""
        return (
            (row.resolution == "explicit" or not self.only_explicit)
            and (row.person == "self" or not self.only_first_hand)
            and row.score >= self.min_score
        )

    def of(self, frame: "pd.DataFrame", kept: set[str]) -> "pd.DataFrame":
        """The rows of a table that belong to the experiences `kept`, and reach the score where they have one of their own."""
        frame = frame[frame["experience_id"].isin(kept)]
        return frame[frame["score"] >= self.min_score] if "score" in frame else frame


STANDARD = Settings()

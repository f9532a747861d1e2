"""What a run of collecting did, and what it says at its end."""

import dataclasses
from collections.abc import Iterator


@dataclasses.dataclass(slots=True)
class Report:
    """`requests` and `received` (bytes) are this run's, `tally` what became of its pages (`kept`, `unchanged`, `duplicate`); the
    rest is the source's: pages in, waiting, failed, left out by reason, and the first of these with what to do."""

    source_id: str
    kind: str
    software: str
    requests: int
    received: int
    tally: dict[str, int]
    done: int
    waiting: int
    failed: int
    reasons: dict[str, int]
    left_out: list[str]
    stopped: str = ""

    @property
    def whole(self) -> bool:
        """Whether everything that was found is in, but for what nobody wanted."""
        return not (
            self.waiting or self.failed or self.stopped or self.reasons.keys() - {"opted_out", "off_host", "skipped"}
        )

    def lines(self) -> Iterator[str]:
        """For people."""
        kept = ", ".join(f"{n:,} {what}" for what, n in sorted(self.tally.items())) or "nothing new"
        software = f" ({self.software})" if self.software else ""
        yield f"{self.source_id}{software}: {kept}; {self.requests:,} requests, {self.received / 1e6:,.1f} MB"
        yield f"{self.done:,} pages in, {self.waiting:,} waiting, {self.failed:,} failed" + (
            "; left out: " + ", ".join(f"{n:,} {r}" for r, n in self.reasons.items()) if self.reasons else ""
        )
        if self.stopped:
            yield f"stopped: {self.stopped}; run again to go on"

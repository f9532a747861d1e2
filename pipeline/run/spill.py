"""Experiences on their way to courses, which need all posts of a person: parked on disk, and read a bucket at a time."""

import contextlib
import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import msgspec

from pipeline.aggregate import Settings
from pipeline.experience.courses import ENDS, course_id, courses
from pipeline.records import Course, Event, Experience

BUCKETS = 256  # the first two digits of a course's id, which is a hash: buckets are of a size, and in the table's order
LENGTH = 4


@dataclasses.dataclass
class Told:
    """What is needed of experiences when all have gone by: counts, and the courses; of all and, where the settings leave rows
    out, of those that count (`counted`, their ids `kept`)."""

    folder: Path
    settings: Settings
    n_own: int = 0
    treatments: set[str] = dataclasses.field(default_factory=set)
    people: set[str] = dataclasses.field(default_factory=set)
    kept: set[str] = dataclasses.field(default_factory=set)

    def __post_init__(self) -> None:
        self.all = Spill(self.folder / "all")
        self.counted = Spill(self.folder / "counted") if self.settings.selects else self.all

    def add(self, experiences: list[Experience], events: list[Event]) -> None:
        """Take the rows of a thread."""
        had = [e for e in experiences if e.is_experience]
        self.n_own += len(had)
        self.treatments.update(e.treatment_id for e in had)
        self.people.update(e.patient_id for e in had)
        self.all.add(experiences, events)
        if self.counted is not self.all:
            some = [e for e in experiences if self.settings.keeps(e)]
            ids = {e.experience_id for e in some}
            self.kept |= ids
            self.counted.add(some, [e for e in events if e.experience_id in ids])

    def close(self) -> None:
        """No more rows."""
        self.all.close()
        self.counted.close()


class Spill:
    """Files of experiences and of the events that end them. Close it before reading."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.files: dict[str, IO[bytes]] = {}
        self._stack = contextlib.ExitStack()

    def add(self, experiences: Iterable[Experience], events: Iterable[Event]) -> None:
        """Park the rows of a thread."""
        bucket = {e.experience_id: course_id(e)[1:3] for e in experiences}
        for row in experiences:
            self._write(bucket[row.experience_id], row)
        for event in events:
            if event.kind in ENDS and event.reason_kind:
                self._write(bucket[event.experience_id], event)

    def _write(self, bucket: str, row: Experience | Event) -> None:
        if bucket not in self.files:
            self.files[bucket] = self._stack.enter_context((self.folder / bucket).open("wb"))
        data = msgspec.msgpack.encode((isinstance(row, Event), row))
        self.files[bucket].write(len(data).to_bytes(LENGTH, "big") + data)

    def close(self) -> None:
        """No more rows."""
        self._stack.close()

    def courses(self) -> Iterator[Course]:
        """All courses, by course_id."""
        for path in sorted(self.folder.iterdir()):
            experiences: list[Experience] = []
            events: list[Event] = []
            data, at = path.read_bytes(), 0
            while at < len(data):
                end = at + LENGTH + int.from_bytes(data[at : at + LENGTH], "big")
                is_event, raw = msgspec.msgpack.decode(data[at + LENGTH : end], type=tuple[bool, msgspec.Raw])
                if is_event:
                    events.append(msgspec.msgpack.decode(raw, type=Event))
                else:
                    experiences.append(msgspec.msgpack.decode(raw, type=Experience))
                at = end
            yield from courses(experiences, events)

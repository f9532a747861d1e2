"""What the encoder's heads decide, in the order of their outputs."""

from typing import get_args

from pipeline.records import EventKind, Outcome, Person, ReasonKind, Status

TREATMENTS = ("DRUG", "SUPPLEMENT", "DRUG_CLASS", "PROCEDURE", "DEVICE", "THERAPY", "REF")
TAGS = ("O", *(f"{place}-{label}" for label in (*TREATMENTS, "PROBLEM") for place in "BI"))
PERSONS: tuple[str, ...] = get_args(Person)
STATUSES: tuple[str, ...] = get_args(Status)
OUTCOMES: tuple[str, ...] = ("unsaid", *get_args(Outcome))
EVENTS: tuple[str, ...] = get_args(EventKind)
REASONS: tuple[str, ...] = ("unsaid", *get_args(ReasonKind))
RELATIONS = ("unrelated", "treats", "causes", "no", "withdrawal")  # `no`: said not to cause it

# one decision a treatment's words: name, number of outputs
SPAN_HEADS = (("person", len(PERSONS)), ("status", len(STATUSES)), ("outcome", len(OUTCOMES)), ("events", len(EVENTS)),
              ("reason", len(REASONS)))  # fmt: skip
PIECES = 384  # word pieces read at once; longer posts are read in windows
TITLE_PIECES = 24  # of them for the thread's title

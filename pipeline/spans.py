"""Stretches of text that tagging finds and the experience stage reads: character offsets into one field of a post."""

import dataclasses
import datetime as dt

from pipeline.records import DatePrecision, DoseBasis, EventKind, Label, TreatmentType


@dataclasses.dataclass(slots=True)
class Quantity:
    """A dose, frequency, route, form or duration as numbers.

    `low`/`high` in `unit` for DOSE (equal where there is one value; `low` None for a maximum alone); `per_day` intakes a
    day for FREQUENCY; `days` for DURATION. `value` of ROUTE and FORM is the canonical word.
    """

    low: float | None = None
    high: float | None = None
    unit: str | None = None
    per: str | None = None  # hour, day, week, month, course for a rate; None for one intake
    per_day: float | None = None
    as_needed: bool = False
    days: float | None = None
    days_kind: str | None = None  # `span` for six weeks | `ago` | `since` | `ordinal` (day 3, week one)
    word: str | None = None
    inferred: bool = False
    role: str | None = None  # what the words beside it make of it, see `pipeline.tag.quantities.scan.Item`
    count: float | None = None  # of an amount given as number x strength ("two 20s"): the number


@dataclasses.dataclass(slots=True)
class Tagged:
    """One tagged stretch; `text == field[start:end]`."""

    start: int
    end: int
    text: str
    label: Label
    concept_id: str | None = None
    concept_name: str | None = None
    treatment_type: TreatmentType | None = None
    quantity: Quantity | None = None
    method: str = ""
    score: float = 1.0
    weak: bool = False  # a gated word without its second sign: no mention, but "the pump" may still refer by it


TREATMENT_LABELS = frozenset({"DRUG", "DRUG_CLASS", "PROCEDURE", "DEVICE", "THERAPY"})


@dataclasses.dataclass(slots=True)
class Step:
    """One rung of a dose ladder, in the order told: the dose reached (None for a stop) and how long it was kept."""

    kind: EventKind
    start: int
    end: int
    value: float | None = None
    unit: str | None = None
    days: float | None = None


@dataclasses.dataclass(slots=True, frozen=True)
class When:
    """A day as far as the words tell it: some day from `first` to `last`.

    `precision` is the unit the words name ("since last fall": season); `anchor` is the day of the post where they are counted
    from it ("three weeks ago", a month without its year), None where they say it by themselves ("in May 2004").
    """

    first: dt.date
    last: dt.date
    precision: DatePrecision
    anchor: dt.date | None = None

    @property
    def middle(self) -> dt.date:
        """The day that stands for it in a column of dates."""
        return self.first + dt.timedelta(days=max(0, (self.last - self.first).days - 1) // 2)


PRECISIONS: tuple[DatePrecision, ...] = ("day", "week", "month", "season", "year")  # the finest first


@dataclasses.dataclass(slots=True)
class Regimen:
    """What a text says about how one treatment is or was taken; None is not stated.

    `low`/`high` in `unit` are one intake where `basis` is `intake`, else the amount per `basis`; a maximum alone has only
    `high`. `daily_mg` only where nothing was inferred. The dose is the current one; past and coming ones are `steps`.
    """

    low: float | None = None
    high: float | None = None
    unit: str | None = None
    basis: DoseBasis | None = None
    doses_per_day: float | None = None
    as_needed: bool = False
    daily_value: float | None = None
    daily_unit: str | None = None
    daily_mg: float | None = None
    inferred: bool = False  # the unit was assumed from the treatment
    dose_span: tuple[int, int] | None = None
    route: str | None = None
    route_span: tuple[int, int] | None = None
    route_inferred: bool = False  # the form or the thing counted implies it
    form: str | None = None
    duration_days: float | None = None
    duration_low: float | None = None  # days; the bounds a range ("2-3 weeks") or dates leave open
    duration_high: float | None = None
    duration_precision: DatePrecision | None = None
    duration_anchor: dt.date | None = None  # the day of the post, where it was counted up to that
    duration_span: tuple[int, int] | None = None
    started: When | None = None
    stopped: When | None = None
    steps: list[Step] = dataclasses.field(default_factory=list)
    spans: list[Tagged] = dataclasses.field(
        default_factory=list
    )  # quantities it rests on, with numbers only a drug beside them makes a dose

    @property
    def started_on(self) -> dt.date | None:
        return self.started.middle if self.started else None

    @property
    def stopped_on(self) -> dt.date | None:
        return self.stopped.middle if self.stopped else None

    @property
    def date_anchor(self) -> dt.date | None:
        """The day of the post, where one of the two is counted from it."""
        return next((w.anchor for w in (self.started, self.stopped) if w and w.anchor), None)

    @property
    def date_precision(self) -> DatePrecision | None:
        """The coarser of the two."""
        return max((w.precision for w in (self.started, self.stopped) if w), key=PRECISIONS.index, default=None)

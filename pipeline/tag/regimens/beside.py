"""A number without a unit and what stands beside it: the drugs, the words, the quantities already read."""

import dataclasses
import functools
import re

from pipeline.spans import Tagged
from pipeline.tag.quantities.numbers import GAP, table
from pipeline.tag.quantities.scan import Item

_OF = re.compile(r" (?:of )?(?:my |the |her |his |that |this |those )?(?:\w+ )?")
_TIMED = ("slot", "every", "fixed", "times", "prn", "everyday", "weekday", "ly")


@functools.cache
def cue(name: str, shape: str) -> re.Pattern[str]:
    words = "(?:" + "|".join(table()["bare"][name]).replace(" ", GAP) + ")"
    filler = "(?:" + "|".join(table()["bare"]["filler"]) + ")"
    auxiliary = "|".join(table()["bare"]["auxiliary"])
    change = "(?:" + "|".join(table()["bare"]["change"] + table()["bare"]["leads_up"]).replace(" ", GAP) + ")"
    return re.compile(
        {
            "after drug": rf"[ ]?(?:[:,(=\-/]+[ ]?|@ ?)?(?:{words} ){{0,4}}",
            "follows": rf"(?:[ ]?[.,;:()!?/>&+\n\]-]|$| {words}(?!\w))",
            "follows drug": rf" (?:(?:tablets?|tabs?|pills?|capsules?) )?{words}(?!\w)",
            "before": rf"(?:^|\W){words}(?: the| about| another| new| big| little| small)* $",
            "leads up": rf"(?:^|\W){change}(?: {filler})*[ ,:]*$",
            "not far": rf"\b{words}\b[^.!?]{{0,25}}$",
            "just before": rf"(?:[,;:]|{words}) $",
            "subject": rf"(?:^(?:{auxiliary})|{words})(?:'?s|'?ve|'?m|'?d)?(?: (?:{auxiliary}))*$",
        }[shape]
    )


@functools.cache
def _analytes() -> frozenset[str]:
    return frozenset((*table()["not_dose"]["analyte"], *table()["not_dose"]["lab"]))


@dataclasses.dataclass(slots=True)
class Place:
    """A number, the drugs on either side of it and what has been read before it."""

    folded: str
    items: tuple[Item, ...]
    at: int
    left: Tagged | None
    right: Tagged | None
    kept: list[Item]

    @property
    def item(self) -> Item:
        return self.items[self.at]

    @property
    def words(self) -> str:
        return self.folded[self.item.start : self.item.end]

    @property
    def spelt(self) -> bool:
        return not any(c.isdigit() for c in self.words)

    @property
    def before(self) -> str:
        return self.folded[max(0, self.item.start - 45) : self.item.start]

    @property
    def gap_left(self) -> str:
        return self.folded[self.left.end : self.item.start] if self.left else "?" * 999

    @property
    def gap_right(self) -> str:
        return self.folded[self.item.end : self.right.start] if self.right else "?" * 999

    @property
    def close_left(self) -> bool:
        return len(self.gap_left) < 40 and cue("after_drug", "after drug").fullmatch(self.gap_left) is not None

    @property
    def close_right(self) -> bool:
        gap = self.gap_right
        fits = len(gap) < 30 and _OF.fullmatch(gap) is not None
        return fits and not cue("not_before_drug", "before").search(gap)

    @property
    def direct(self) -> bool:
        """Right after the drug's name, which is not that of something measured in blood: `wellbutrin 150 got me going`."""
        if self.left is None or self.spelt or self.gap_left not in (" ", " (", ": "):
            return False
        return self.folded[self.left.start : self.left.end] not in _analytes()

    def in_blood(self, number: float) -> bool:
        """A level of what is also taken: `theophylline 14.2`, but not `lithium 300 at night`."""
        for t in (self.left, self.right):
            low, high = table()["blood"].get(self.folded[t.start : t.end] if t else "", (1, 0))
            if low <= number <= high and not self.timed:
                return True
        return False

    @property
    def timed(self) -> bool:
        after = self.items[self.at + 1 : self.at + 2]
        return any(i.kind == "frequency" and i.role in _TIMED and i.start - self.item.end <= 2 for i in after)

    @property
    def dated(self) -> bool:
        """A date, a stretch of time or a frequency follows: `up to 20 after two weeks`, `60 in November`."""
        after = self.items[self.at + 1 : self.at + 2]
        return any(
            i.kind in ("date", "duration", "frequency", "route")
            and re.fullmatch(r"[ ,(]{0,2}(?:(?:in|on|at|for|after|over) )?", self.folded[self.item.end : i.start])
            for i in after
        )

    @property
    def formed(self) -> bool:
        after = self.items[self.at + 1 : self.at + 2]
        return any(i.kind == "form" and i.start - self.item.end == 1 for i in after)

    @property
    def doses(self) -> list[Item]:
        return [k for k in self.kept if k.kind == "dose" and self.left and k.start >= self.left.end - 80]

    def dose(self, unit: str | None = None, inferred: bool = True) -> Item:
        q = dataclasses.replace(self.item.quantity, unit=unit or self.item.quantity.unit, inferred=inferred)
        return dataclasses.replace(self.item, kind="dose", quantity=q)

    def tablets(self, unit: str = "tablet", inferred: bool = True) -> Item:
        """ "Two Vicodin" and "one at noon" count tablets; "Celexa 40" is in the drug's own unit."""
        item = self.dose(unit, inferred)
        item.quantity.role = item.role = "count_of"
        return item

    @property
    def changed(self) -> bool:
        """A verb of changing or taking leads up to it."""
        leads = cue("change", "leads up").search(self.before) is not None
        return leads and cue("change", "not far").search(self.before) is not None

    @property
    def of_drug(self) -> bool:
        """Whether what is said to change may be the dose: `I went from 150`, `cut it to 50`, not `my pulse is down to 48`."""
        earlier = self.items[self.at - 1] if self.at else None
        if (
            earlier
            and earlier.kind == "bare"
            and self.item.start - earlier.end < 20
            and earlier.start not in {k.start for k in self.kept}
        ):
            return False  # `the count went to 110 and back to 9`
        leads = cue("change", "leads up").search(self.before)
        if leads is None:
            return False
        verb = self.item.start - len(self.before) + leads.start() + 1
        words = self.folded[max(0, verb - 60, self.left.end if self.left else 0) : verb]
        clause = re.split(r"[.!?\n;:,(]", words)[-1].strip()
        return not clause or cue("changer", "subject").search(clause) is not None

"""What stands around a stretch of time: its sentence, the mentions of its treatment and the quantities beside it."""

import bisect
import dataclasses
import functools
import re

from pipeline.spans import Tagged
from pipeline.tag.quantities.numbers import GAP, table
from pipeline.tag.quantities.scan import Item
from pipeline.tag.regimens.places import Row, crossed, sentence_end, sentence_start

_REACH = 100  # characters within which a quantity says anything of a stretch of time


@functools.cache
def cue(name: str, side: str) -> re.Pattern[str]:
    """The cues `[use] name` of the table, standing `before`, `after` or `any`where."""
    inner = "(?:" + "|".join(table()["use"][name]).replace(" ", GAP) + ")"
    return re.compile(
        {
            "before": rf"(?:^|[^\w'])(?:{inner})(?: a| the)? ?$",
            "after": rf"[ ,]?[ ]?(?:{inner})(?!\w)",
            "any": rf"(?<!\w)(?:{inner})(?!\w)",
        }[side]
    )


@dataclasses.dataclass(slots=True)
class Near:
    """One treatment's mentions (`own`) and quantities (`mine`) in a folded text whose sentences end at `ends`."""

    folded: str
    own: list[Tagged]
    mine: list[Item]
    ends: list[int]
    row: Row = dataclasses.field(init=False)
    starts: list[int] = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self.row = Row(self.own)
        self.starts = [i.start for i in self.mine]

    def words(self, item: Item) -> str:
        return self.folded[item.start : item.end]

    def around(self, item: Item) -> tuple[str, str]:
        """Up to 70 characters before and 60 after within the sentence."""
        start = sentence_start(self.ends, item.start)
        end = sentence_end(self.ends, item.end, len(self.folded))
        before = self.folded[max(start, item.start - 70) : item.start].lstrip()
        return before, self.folded[item.end : min(end, item.end + 60)]

    def before(self, item: Item) -> Tagged | None:
        """The last mention that ends before it."""
        i = self.row.left(item.start)
        return None if i is None else self.own[i]

    def after(self, item: Item) -> Tagged | None:
        """The first mention that begins after it."""
        i = self.row.right(item.end)
        return None if i is None else self.own[i]

    def in_sentence(self, item: Item) -> bool:
        """Whether a mention stands in the same sentence."""
        left, right = self.before(item), self.after(item)
        return (
            bool(self.row.over(item.start, item.end))
            or (left is not None and not crossed(self.ends, left.end, item.start))
            or (right is not None and not crossed(self.ends, item.end, right.start))
        )

    def distance(self, item: Item) -> int:
        """Characters to the nearest mention."""
        left, right = self.before(item), self.after(item)
        over = [0] if self.row.over(item.start, item.end) else []
        return min([*over, item.start - left.end if left else 999, right.start - item.end if right else 999])

    def quantities(self, item: Item, *kinds: str) -> list[Item]:
        """Those of the treatment's quantities close to it, of these kinds."""
        a, b = (bisect.bisect_left(self.starts, at) for at in (item.start - _REACH, item.end + _REACH))
        return [i for i in self.mine[a:b] if i.kind in kinds]

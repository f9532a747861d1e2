"""A name as shown → whether it is a member's, a guest's, a deleted account's, or gone from the page."""

import functools
import re

from pipeline.parse.lists import rows
from pipeline.records import AuthorState

NUMBER = re.compile(r"[\s_#]*\d+$")


@functools.cache
def states() -> dict[str, AuthorState]:
    """Words boards print in a name's place (folded) → what they mean."""
    return {r["name"].casefold(): r["state"] for r in rows("author_words")}  # type: ignore[misc]


def author_of(shown: str | None) -> tuple[str | None, AuthorState]:
    """(name as shown, state). Only a name in the state `named` says who it was: all guests together are nobody."""
    name = " ".join((shown or "").split())
    if not name:
        return None, "stripped"
    state = states().get(name.casefold(), "named")
    if state == "named" and states().get(NUMBER.sub("", name).casefold()) == "deleted":  # `Deleted member 621715`
        state = "deleted"
    return (None if state == "stripped" else name), state

"""Read a post as a story: find what stands for treatments, judge each place, gather what is told of one person and treatment."""

import dataclasses
from typing import get_args

from pipeline.experience.course import Step, moves, steps
from pipeline.experience.effects import NEAR, Link, links
from pipeline.experience.judge import follow, judge, outcome, topics
from pipeline.experience.learned import Judge, problems_of
from pipeline.experience.lists import phrase, words
from pipeline.experience.people import SELF, Someone, references
from pipeline.experience.refer import Memory, fuller_names, member, spoken_of, stand_for, tell_sentence
from pipeline.experience.told import Story, Told
from pipeline.experience.view import sentences
from pipeline.records import Outcome, Status
from pipeline.spans import TREATMENT_LABELS, Tagged

# different treatments in one post beyond which a post without a voice of its own is a list, not an experience
MANY = 25


@dataclasses.dataclass(slots=True)
class Row:
    """All that a post tells of one person and one treatment."""

    told: list[Told]
    links: list[Link]
    steps: list[Step]

    @property
    def main(self) -> Told:
        """The place that says most about status: experiences before others, then the heaviest rule, then the later place."""
        named = [t for t in self.told if t.token is not None] or self.told
        firm = [t for t in named if t.status in ("current", "past") and t.status_weight >= 4]
        return max(firm or named, key=lambda t: (t.status_weight, t.sentence, t.token or 0))

    @property
    def words(self) -> Told:
        """The place whose words name the treatment best: explicit ones first, then the earliest."""
        return min(self.told, key=lambda t: (t.token is None, t.resolution != "explicit", t.sentence, t.token or 0))


def is_spam(text: str, tagged: list[Tagged]) -> bool:
    """A post that sells or lists treatments and in which nobody speaks."""
    names = {t.concept_id for t in tagged if t.label in TREATMENT_LABELS}
    if not phrase("voice").search(text):
        return (bool(phrase("selling").search(text)) and len(names) >= 2) or len(names) >= MANY
    return len(names) >= MANY and len(names) * 4 > len(text.split())


def read_post(
    text: str, tagged: list[Tagged], quoted: list[Tagged], author: str, memory: Memory, learned: Judge | None = None
) -> tuple[Story, list[Row]]:
    """The story of a post and its rows. `quoted` are treatments in the passages it quotes; `memory` is extended; `learned` is
    the encoder's view, None for rules alone."""
    strong = [t for t in tagged if not t.weak]
    if is_spam(text, strong):
        return Story(text, [], [], []), []
    fuller = fuller_names(tagged, quoted, memory)
    known_people = memory.people.setdefault(author, [])
    known_people.sort(key=lambda k: k.person == "family")  # a new post's `he` is the author's own before another's
    another = any(a != author and w.person == "family" for a, w in memory.topic.items())
    stranger = (
        Someone("other", "member's relative")
        if another and author not in memory.topic
        else Someone("family", "relative")
    )
    cut = sentences(text, strong + [t for t in tagged if t.weak and t.start in fuller])
    names = {
        n: who if a == author else Someone("other", "member's relative", who.sex)
        for n, (a, who) in memory.names.items()
    }
    people = [references(s, known_people, stranger, names) for s in cut]
    for name, who in names.items():
        memory.names.setdefault(name, (author, who))
    story = Story(text, cut, people, topics(cut, people, memory.topic.get(author)))
    known = spoken_of(quoted, author, memory)
    memory.starter = memory.starter or author
    for s in range(len(cut)):
        tell_sentence(story, s, known, memory, fuller, learned.stands if learned is not None else ())
    _judge_all(story, memory, author, learned)
    found = links(story)
    rows = _gather(story, found, learned)
    whom = {r.main.person for r in rows if r.main.person is not None and r.main.person.person in ("self", "family")}
    if len(whom) == 1:
        memory.topic[author] = next(iter(whom))
    memory.asked = [r.main.tagged for r in rows if r.main.status == "asked"]
    for row in rows:
        if (row.main.person is not None and row.main.person.person != "general") or row.main.status == "asked":
            memory.told.append((author, row.main.tagged))
        if row.main.status in ("current", "past") and row.main.person is SELF:
            memory.had.append((author, row.main.tagged))
    return story, rows


def _judge_all(story: Story, memory: Memory, author: str, learned: Judge | None) -> None:
    """Judge every place in order, and the sentences that go on about a treatment without naming one."""
    out: list[Told] = []
    last: Told | None = None
    said_of: dict[str | None, Someone] = {}
    for s in range(len(story.sentences)):
        inside = story.inside(s)
        for told in inside:
            drug = member(story, told, memory, author)
            if drug is not None:
                told.tagged, told.resolution = stand_for(told.tagged, drug), "pronoun"
            told.follows_past = (
                last is not None and last.status == "past" and last.status_weight >= 3 and last.person == told.person
            )
            judge(story, told, last.person if last is not None and s - last.sentence <= NEAR else None)
            follow(story, told, said_of.get(told.tagged.concept_id))
            if learned is not None:
                learned.person(story, told)
            said_of[told.tagged.concept_id] = told.person or SELF
            outcome(story, told)
            last = told
        out += inside
        if s and phrase("of_all").search(story.text[story.sentences[s].start : story.sentences[s].end]):
            out += _all_listed(story, s)
        if not inside and last is not None and s - last.sentence <= NEAR and not _new_paragraph(story, s):
            more = dataclasses.replace(
                last, sentence=s, token=None, outcome=None, outcome_weight=0.0, outcome_span=None
            )
            judge(story, more, last.person)
            outcome(story, more)
            more.person = last.person
            out.append(more)
    story.told = out


def _all_listed(story: Story, s: int) -> list[Told]:
    """What a sentence says of all the treatments the one before it only lists (`X, Y, Z. None of them touched it.`)."""
    said = {t.tagged.concept_id for t in story.inside(s)}
    out = []
    for t in story.inside(s - 1):
        if t.tagged.concept_id not in said and t.status_weight <= 1:
            more = dataclasses.replace(t, sentence=s, token=None, outcome=None, outcome_weight=0.0, outcome_span=None)
            judge(story, more, t.person)
            outcome(story, more)
            t.status, t.status_weight, t.status_rule = more.status, more.status_weight, more.status_rule
            more.person = t.person
            out.append(more)
    return out


def _new_paragraph(story: Story, s: int) -> bool:
    return "\n\n" in story.text[story.sentences[s - 1].end - 2 : story.sentences[s].start]


def _gather(story: Story, found: list[Link], learned: Judge | None) -> list[Row]:
    """Places of one person and treatment put together, in text order; a firm general statement keeps a row of its own."""
    groups: dict[tuple[str | None, Someone | None], Row] = {}
    for told in story.told:
        key = (told.tagged.concept_id, told.person)
        if key not in groups:
            if told.token is None:
                continue
            groups[key] = Row([], [], [])
        groups[key].told.append(told)
    problems = problems_of(story) if learned is not None else []
    for key, row in groups.items():
        row.links = [k for k in found if (k.told.tagged.concept_id, k.told.person) == key]
        if learned is not None:
            row.links = learned.links(story, row.told, row.links, problems)
    found = [k for row in groups.values() for k in row.links]
    moved = moves(story, found)
    for row in groups.values():
        for told in row.told:
            row.steps += steps(story, told, found)
        if all(s.kind != "switch" for s in row.steps):
            row.steps += [s for s in moved if s.told in row.told]
        _settle(row)
        if learned is not None:
            main = row.main
            learned.status(row.told, main)
            learned.outcome(row.told, main)
            row.steps = learned.events(row.told, main, row.steps)
    return [r for k, r in groups.items() if _stands_alone(k, r, groups)]


def _settle(row: Row) -> None:
    """What the whole post says of the status of a row: a stop told after the place that decides makes it past; what did
    nothing and has no cue is past too; what gave somebody their life back is still taken."""
    main = row.main
    if not any(t.outcome for t in row.told):
        _outcome_of_links(row)
    place = (main.sentence, main.token or 0)
    ends = [s for s in row.steps if s.kind in ("stop", "switch") and s.place >= (main.sentence, 0)]
    restarted = any(s.kind == "restart" for s in row.steps)
    if main.status == "current" and ends and not restarted and main.status_weight < 8:
        later = [
            t
            for t in row.told
            if t.token is not None
            and (t.sentence, t.token) > max(place, ends[-1].place)
            and t.status == "current"
            and t.status_weight >= 5
        ]
        if not later:
            main.status, main.status_rule, main.status_weight = "past", "status:stop told", max(main.status_weight, 5.0)
    best = max(row.told, key=lambda t: (t.outcome_weight, t.sentence))
    if (
        main.status == "current"
        and main.status_weight <= 2
        and best.outcome == "none"
        and main.tagged.label != "DEVICE"
    ):
        main.status, main.status_rule = "past", "status:did nothing"
    if main.status == "past" and main.status_rule == "status:t_past" and best.outcome_rule in words("life_back"):
        main.status, main.status_rule = "current", "status:life back"


def _outcome_of_links(row: Row) -> None:
    """What became of the problem it is taken for (`the hives are gone`) is an outcome where nothing else states one."""
    for k in sorted(row.links, key=lambda k: -k.weight):
        said = [o for o in get_args(Outcome) if o in k.about]
        if k.relation == "treats" and said:
            told = row.main
            told.outcome, told.outcome_weight, told.outcome_rule = said[0], k.weight, k.rule
            told.outcome_span = (k.problem.start, k.problem.end)
            return


def _stands_alone(
    key: tuple[str | None, Someone | None], row: Row, groups: dict[tuple[str | None, Someone | None], Row]
) -> bool:
    """A group is a row unless it is a bare general remark beside the author's own row, or a pronoun no cue says anything of."""
    main = row.main
    rivals = [
        g
        for k, g in groups.items()
        if k[0] == key[0]
        and k != key
        and g.main.status in ("current", "past", "planned", "considering", "advised", "declined")
    ]
    if main.status in ("general", "asked") and rivals:
        return (main.status_weight >= 5 and bool(row.links)) or main.status_weight >= 8
    explicit = any(t.resolution == "explicit" or t.implied for t in row.told)
    return (
        explicit or main.status_weight >= 0.7 or bool(row.links) or bool(row.steps) or any(t.outcome for t in row.told)
    )


def signature_rows(text: str, tagged: list[Tagged], author: str, memory: Memory) -> list[Told]:
    """Treatments of a signature, once per author: a profile statement of what they are on (or, where it says so, were on)."""
    out = []
    cut = sentences(text, [t for t in tagged if not t.weak])
    people = [references(s, []) for s in cut]
    story = Story(text, cut, people, topics(cut, people))
    for s, sentence in enumerate(cut):
        for i, token in enumerate(sentence.tokens):
            t = token.tagged
            if t is None or t.label not in TREATMENT_LABELS or (author, t.concept_id or t.text) in memory.signatures:
                continue
            memory.signatures.add((author, t.concept_id or t.text))
            told = Told(t, s, i, "signature")
            story.told.append(told)
            out.append(told)
    for told in out:
        judge(story, told, SELF)
        if told.status not in ("current", "past"):
            status: Status = "current"
            told.status, told.status_rule = status, "status:signature"
    return out

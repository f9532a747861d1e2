"""Read a post as a story: find what stands for treatments, judge each place, and gather what is told of one person's treatment."""

import dataclasses

from pipeline.experience.anaphora import Known, Stand, choose, stands, weak_stands
from pipeline.experience.course import Step, moves, steps
from pipeline.experience.effects import NEAR, Link, links
from pipeline.experience.judge import follow, judge, outcome, topics
from pipeline.experience.lists import phrase, words
from pipeline.experience.people import GENERAL, SELF, Someone, references
from pipeline.experience.told import Story, Told
from pipeline.experience.view import Token, sentences
from pipeline.records import Resolution, Status
from pipeline.spans import TREATMENT_LABELS, Tagged
from pipeline.vocabulary import load_vocabulary, split

MANY = (
    25  # different treatments in one post beyond which a post without a voice of its own is a list, not an experience
)


@dataclasses.dataclass(slots=True)
class Memory:
    """What a thread has told so far: treatments in order, whom each author spoke of, signatures already read."""

    title: list[Tagged] = dataclasses.field(default_factory=list)
    told: list[tuple[str, Tagged]] = dataclasses.field(default_factory=list)  # author, treatment
    had: list[tuple[str, Tagged]] = dataclasses.field(
        default_factory=list
    )  # of these, what authors have had themselves
    people: dict[str, list[Someone]] = dataclasses.field(default_factory=dict)
    topic: dict[str, Someone] = dataclasses.field(default_factory=dict)  # whom an author's last post told of
    signatures: set[tuple[str, str]] = dataclasses.field(default_factory=set)


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
    text: str, tagged: list[Tagged], quoted: list[Tagged], author: str, memory: Memory
) -> tuple[Story, list[Row]]:
    """The story of a post and its rows. `quoted` are treatments in the passages it quotes; `memory` is extended."""
    strong = [t for t in tagged if not t.weak]
    if is_spam(text, strong):
        return Story(text, [], [], []), []
    fuller = _fuller(tagged, quoted, memory)
    known_people = memory.people.setdefault(author, [])
    known_people[:] = [k for k in known_people if k.person != "clinician"]
    another = any(a != author and w.person == "family" for a, w in memory.topic.items())
    stranger = (
        Someone("other", "member's relative")
        if another and author not in memory.topic
        else Someone("family", "relative")
    )
    cut = sentences(text, strong + [t for t in tagged if t.weak and t.start in fuller])
    people = [references(s, known_people, stranger) for s in cut]
    story = Story(text, cut, people, topics(cut, people))
    known = _known(quoted, author, memory)
    for s in range(len(cut)):
        _tell_sentence(story, s, known, memory, fuller)
    _judge_all(story, memory, author)
    found = links(story)
    rows = _gather(story, found)
    whom = {r.main.person for r in rows if r.main.person is not None and r.main.person.person in ("self", "family")}
    if len(whom) == 1:
        memory.topic[author] = next(iter(whom))
    for row in rows:
        if (row.main.person is not None and row.main.person.person != "general") or row.main.status == "asked":
            memory.told.append((author, row.main.tagged))
        if row.main.status in ("current", "past") and row.main.person is SELF:
            memory.had.append((author, row.main.tagged))
    return story, rows


def _fuller(tagged: list[Tagged], quoted: list[Tagged], memory: Memory) -> dict[int, Tagged]:
    names = (
        memory.title
        + [t for _, t in memory.told]
        + quoted
        + [t for t in tagged if not t.weak and t.label in TREATMENT_LABELS]
    )
    return weak_stands(tagged, names, load_vocabulary())


def _known(quoted: list[Tagged], author: str, memory: Memory) -> list[Known]:
    """Where a pronoun may look, nearest last: the thread so far, the author's own posts, the quote answered."""
    out = [Known(t, "pronoun") for _, t in memory.told[-4:]]
    out += [Known(t, "pronoun") for a, t in memory.told if a == author][-2:]
    out += [Known(t, "quote") for t in quoted]
    return out


def _tell_sentence(story: Story, s: int, known: list[Known], memory: Memory, fuller: dict[int, Tagged]) -> None:
    """Add the treatments of one sentence to the story: named ones, short names a fuller one explains, pronouns in a frame."""
    sentence = story.sentences[s]
    named = any(t.tagged is not None and t.tagged.label in TREATMENT_LABELS for t in sentence.tokens)
    pronouns = {p.token: p for p in stands(sentence) if not (named and p.value == "implied")}
    for i, token in enumerate(sentence.tokens):
        t = token.tagged
        if t is not None and t.label in TREATMENT_LABELS:
            if t.weak:
                full = fuller[t.start]
                named = any(x.tagged.concept_id == full.concept_id for x in story.told)
                how: Resolution = (
                    "pronoun" if named or any(k.tagged.concept_id == full.concept_id for k in known) else "title"
                )
                story.told.append(Told(_stand_for(t, full), s, i, how))
            elif (full_how := _generic(story, s, i, t, known)) is not None:
                story.told.append(Told(_stand_for(t, full_how[0]), s, i, full_how[1]))
            elif not _appositive(sentence.tokens, i):
                story.told.append(Told(t, s, i))
        if i in pronouns and (t is None or t.quantity is not None):
            _pronoun(story, s, i, pronouns[i], known, memory)


def _generic(story: Story, s: int, i: int, t: Tagged, known: list[Known]) -> tuple[Tagged, Resolution] | None:
    """`the surgery`, `my pain meds` after a fuller name: the treatment of that kind told before, of which a class is a member."""
    tokens = story.sentences[s].tokens
    if i == 0 or tokens[i - 1].norm not in words("pointing"):
        return None
    if t.label == "PROCEDURE" and t.concept_name in words("generic"):
        fits = [
            x.tagged
            for x in story.told
            if x.tagged.label in ("PROCEDURE", "DEVICE")
            and x.tagged.concept_name not in words("generic")
            and s - x.sentence <= 6
        ]
        fits = fits or [
            k.tagged for k in known if k.tagged.label == "PROCEDURE" and k.tagged.concept_name not in words("generic")
        ]
        return (fits[-1], "pronoun") if fits else None
    return None


def _member(story: Story, told: Told, memory: Memory, author: str) -> Tagged | None:
    """`my pain meds` of somebody who has told of a drug of that class they have had: that drug."""
    tokens = story.sentences[told.sentence].tokens
    if told.tagged.label != "DRUG_CLASS" or not told.token or tokens[told.token - 1].norm not in words("pointing"):
        return None
    had = [t for a, t in memory.had if a == author]
    for earlier in story.told:
        if earlier is told:
            break
        if earlier.status in ("current", "past") and earlier.person is SELF:
            had.append(earlier.tagged)
    concepts = load_vocabulary().concepts
    for drug in reversed(had):
        concept = concepts.get(drug.concept_id or "")
        if concept is not None and told.tagged.concept_name in split(concept.facts.get("classes", "")):
            return drug
    return None


def _appositive(tokens: list[Token], i: int) -> bool:
    """True for the general word before the particular in brackets: `surgery (fusion T4-L1)`."""
    t, after = tokens[i].tagged, tokens[i + 1 : i + 3]
    return (t is not None and t.concept_name in words("generic") and len(after) == 2 and after[0].norm == "(" and after[1].tagged is not None
            and after[1].tagged.label == t.label)  # fmt: skip


def _pronoun(story: Story, s: int, i: int, stand: Stand, known: list[Known], memory: Memory) -> None:
    token = story.sentences[s].tokens[i]
    spoken = {t.concept_id for _, t in memory.told}
    title = [Known(t, "pronoun" if t.concept_id in spoken else "title") for t in memory.title]
    asked = story.sentences[s].question and any(r.who is GENERAL or r.who.person == "general" for r in story.people[s])
    chosen = choose(stand, [] if asked and title else story.told, s, known, title)
    if chosen is not None:
        tagged, how = chosen
        words = Tagged(token.start, token.end, story.text[token.start : token.end], tagged.label)
        story.told.append(Told(_stand_for(words, tagged), s, i, how))


def _stand_for(words: Tagged, full: Tagged) -> Tagged:
    """The words of one mention with the concept of another."""
    return dataclasses.replace(words, label=full.label, concept_id=full.concept_id, concept_name=full.concept_name,
                               treatment_type=full.treatment_type, method=f"refers to {full.text!r}", score=0.8, weak=False)  # fmt: skip


def _judge_all(story: Story, memory: Memory, author: str) -> None:
    """Judge every place in order, and the sentences that go on about a treatment without naming one."""
    out: list[Told] = []
    last: Told | None = None
    said_of: dict[str | None, Someone] = {}
    for s in range(len(story.sentences)):
        inside = story.inside(s)
        for told in inside:
            member = _member(story, told, memory, author)
            if member is not None:
                told.tagged, told.resolution = _stand_for(told.tagged, member), "pronoun"
            told.follows_past = (
                last is not None and last.status == "past" and last.status_weight >= 3 and last.person == told.person
            )
            judge(story, told, last.person if last is not None and s - last.sentence <= NEAR else None)
            follow(story, told, said_of.get(told.tagged.concept_id))
            said_of[told.tagged.concept_id] = told.person or SELF
            outcome(story, told)
            last = told
        out += inside
        if not inside and last is not None and s - last.sentence <= NEAR and not _new_paragraph(story, s):
            more = dataclasses.replace(
                last, sentence=s, token=None, outcome=None, outcome_weight=0.0, outcome_span=None
            )
            judge(story, more, last.person)
            outcome(story, more)
            more.person = last.person
            out.append(more)
    story.told = out


def _new_paragraph(story: Story, s: int) -> bool:
    return "\n\n" in story.text[story.sentences[s - 1].end - 2 : story.sentences[s].start]


def _gather(story: Story, found: list[Link]) -> list[Row]:
    """Places of one person and treatment put together, in text order; general statements keep a row of their own if said firmly."""
    groups: dict[tuple[str | None, Someone | None], Row] = {}
    for told in story.told:
        key = (told.tagged.concept_id, told.person)
        if key not in groups:
            if told.token is None:
                continue
            groups[key] = Row([], [], [])
        groups[key].told.append(told)
    moved = moves(story, found)
    for key, row in groups.items():
        row.links = [k for k in found if (k.told.tagged.concept_id, k.told.person) == key]
        for told in row.told:
            row.steps += steps(story, told, found)
        if all(s.kind != "switch" for s in row.steps):
            row.steps += [s for s in moved if s.told in row.told]
        _settle(row)
    return [r for k, r in groups.items() if _stands_alone(k, r, groups)]


def _settle(row: Row) -> None:
    """What the whole post says of the status of a row: a stop told after the place that decides makes it past; what did
    nothing and has no cue is past too; what gave somebody their life back is still taken."""
    main = row.main
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


def _stands_alone(
    key: tuple[str | None, Someone | None], row: Row, groups: dict[tuple[str | None, Someone | None], Row]
) -> bool:
    """A group is a row unless it is a bare general remark beside the author's own row, or a pronoun that says nothing."""
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
    explicit = any(t.resolution == "explicit" for t in row.told)
    return explicit or main.status_weight >= 3 or bool(row.links) or bool(row.steps) or any(t.outcome for t in row.told)


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

"""Problems and treatments: which treatment a problem belongs to, whether it is treated or caused, and whether that is denied."""

import dataclasses
import re

from pipeline.experience.rules import fire
from pipeline.experience.told import Story, Told, clause, reading
from pipeline.experience.view import Sentence, Token
from pipeline.records import Polarity, Relation
from pipeline.spans import Tagged

DENIAL = {"no", "not", "never", "without", "neither", "nor", "zero", "none", "minus", "nary", "avoid", "avoided", "free", "hardly", "less"}
DOUBT = re.compile(
    r"\b(?:not sure|unsure|wonder|wondering|maybe|might be|could be|may be|possibly|perhaps|probably|whether|coincidence|do not know|dunno|can not tell|hard to (?:say|tell)|"
    r"either|is it possible|your guess|suspect|think it is|i think it|could it be|or is it|if it is the|or the)\b"
)
NEAR = 2  # sentences a treatment goes on being talked about without being named
LIST_FILL = {",", "and", "or", "nor", "plus", "&", "/", ";", "-", "a", "an", "the", "my", "some", "bad", "terrible", "horrible", "awful", "constant", "severe", "mild", "slight", "even", "more", "also", "any", "no", "then", "occasional", "real", "really", "very", "so", "as", "well", "with", "bit", "of", "D", "N", "F", "got", "been", "getting", "feeling", "being", "general", "generally", "just", "lots", "major", "serious", "weird"}


@dataclasses.dataclass(slots=True)
class Link:
    """A problem tied to a treatment told, with the rule that tied it."""

    told: Told
    problem: Tagged
    sentence: int
    token: int
    relation: Relation
    polarity: Polarity
    rule: str
    weight: float


def problem_tokens(sentence: Sentence) -> list[int]:
    """Tokens of a sentence that are problems."""
    return [i for i, t in enumerate(sentence.tokens) if t.tagged is not None and t.tagged.label == "PROBLEM"]


def enumeration(tokens: list[Token], places: list[int], here: int) -> set[int]:
    """Problems listed with the one at `here`: only list words and adjectives between neighbours, with a comma or joining word."""
    out = {here}
    for step in (1, -1):
        last = here
        for place in places if step == 1 else reversed(places):
            if (place - last) * step <= 0:
                continue
            between = [t.norm for t in tokens[min(last, place) + 1 : max(last, place)]]
            joined = any(w in {",", "and", "or", "nor", "plus", "&", "/", ";"} for w in between)
            plain = sum(w not in LIST_FILL for w in between)
            if not joined or plain > 1 or len(between) > 6:
                break
            out.add(place)
            last = place
    return out


def polarity(tokens: list[Token], group: set[int], here: int) -> Polarity:
    """Whether the words before a problem (or before the list it stands in) deny it, or the sentence doubts it."""
    first = min(group)
    before: list[str] = []
    for i in range(first - 1, max(-1, first - 7), -1):
        word = tokens[i].norm
        if word in {"but", "because", ";", "(", ":", "although", "though", "so", "O", "which", "-"} or (word == "," and len(before) > 1):
            break
        before.append(word)
    own = [t.norm for t in tokens[max(0, here - 3) : here]]
    if any(w in DENIAL for w in own) or any(w in DENIAL for w in before):
        if not {"only", "just"} & set(before) or "no" in own:
            return "denied"
    return "affirmed"


def link(story: Story, problem_sentence: int, here: int, candidates: list[Told]) -> list[Link]:
    """Links of one problem to the treatments it may belong to: the best rule over them, and its equals for listed treatments."""
    sentence = story.sentences[problem_sentence]
    tokens = sentence.tokens
    group = enumeration(tokens, problem_tokens(sentence), here)
    found: list[tuple[float, int, Told, Relation, Polarity, str]] = []
    for told in candidates:
        seen = told if told.sentence == problem_sentence else dataclasses.replace(told, sentence=problem_sentence, token=None)
        view = reading(story, seen, group, firmly=True)
        hits = fire("relations", view)
        if not hits:
            continue
        top = hits[0]
        if top.rule.value == "other":
            continue
        relation, _, said = top.rule.value.partition("-")
        pol: Polarity = said or polarity(tokens, group, here)  # type: ignore[assignment]
        if relation == "treats":
            pol = "affirmed"
        elif pol == "affirmed" and (DOUBT.search(view.text) or (sentence.question and relation == "causes" and _is_it(view.text))):
            pol = "uncertain"
        away = abs((told.token or 0) - here) if told.sentence == problem_sentence else 50
        found.append((top.rule.weight, -away, told, relation, pol, top.rule.id))  # type: ignore[arg-type]
    if not found:
        return []
    found.sort(key=lambda f: (-f[0], -f[1]))
    weight, away, told, relation, pol, rule = found[0]
    best = [f for f in found if f[0] == weight and (f[2] is told or f[2].sentence == told.sentence and f[2].token in _same_list(story, told))]
    return [Link(f[2], tokens[here].tagged, problem_sentence, here, f[3], f[4], f[5], f[0]) for f in best]  # type: ignore[arg-type]


def _same_list(story: Story, told: Told) -> set[int]:
    from pipeline.experience.told import listed

    return listed(story, told, firmly=True)


def _is_it(text: str) -> bool:
    return bool(re.match(r"(?:is|was|are|could|can|does|do|might|has|have) (?:it|this|that|anyone|the|my|T|even|Q)\b", text)) and "get" not in text.split()[:6]


def links(story: Story, people_clash: bool = True) -> list[Link]:
    """All links of a post. A sentence without a treatment is read as going on about the last one told, up to two sentences on."""
    out: list[Link] = []
    for s, sentence in enumerate(story.sentences):
        places = problem_tokens(sentence)
        if not places:
            continue
        inside = story.inside(s)
        candidates = inside or _going_on(story, s)
        for here in places:
            out += link(story, s, here, candidates) or fallback(story, s, here, inside)
    return out


def _going_on(story: Story, s: int) -> list[Told]:
    """The treatments of the last sentence that named any, if near enough and in the same paragraph."""
    for back in range(1, NEAR + 1):
        if s - back < 0:
            return []
        gap = story.text[story.sentences[s - back].end : story.sentences[s - back + 1].start] + story.text[story.sentences[s - back].end - 2 : story.sentences[s - back].end]
        before = story.inside(s - back)
        if before:
            return [before[-1]]
        if "\n\n" in gap:
            return []
    return []


def fallback(story: Story, s: int, here: int, inside: list[Told]) -> list[Link]:
    """No rule: a problem that follows a treatment in its clause is taken as its effect, weakly."""
    tokens = story.sentences[s].tokens
    before = [t for t in inside if t.token is not None and t.token < here]
    if not before:
        return []
    told = before[-1]
    first, last = clause(story, s, here)
    if told.token is None or told.token < first or told.status not in ("current", "past"):
        return []
    group = enumeration(tokens, problem_tokens(story.sentences[s]), here)
    return [Link(told, tokens[here].tagged, s, here, "causes", polarity(tokens, group, here), "relations:follows", 1.0)]  # type: ignore[arg-type]

"""Problems and treatments: which treatment a problem belongs to, whether it is treated or caused, and whether that is denied."""

import dataclasses

from pipeline.experience.lists import phrase, words
from pipeline.experience.rules import Rule, fire
from pipeline.experience.told import Story, Told, clause, listed, marks, reading
from pipeline.experience.view import Reading, Sentence, Token
from pipeline.records import Polarity, Relation
from pipeline.spans import Tagged

NEAR = 3  # sentences a treatment goes on being talked about without being named


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
    about: frozenset[str] = frozenset()  # what the rule says of the outcome


def _at(sentence: Sentence, here: int) -> Tagged:
    """The problem at a token."""
    tagged = sentence.tokens[here].tagged
    assert tagged is not None
    return tagged


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
            plain = sum(w not in words("list_fill") for w in between)
            if not joined or plain > 1 or len(between) > 6 or words("apart") & set(between):
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
        if word in {"but", "because", ";", "(", ":", "although", "though", "so", "O", "which", "-"} or (
            word == "," and len(before) > 1
        ):
            break
        before.append(word)
    own = [t.norm for t in tokens[max(0, here - 3) : here]]
    denied = any(w in words("denial") for w in own + before) and ("no" in own or not {"only", "just"} & set(before))
    return "denied" if denied else "affirmed"


def link(story: Story, problem_sentence: int, here: int, candidates: list[Told]) -> list[Link]:
    """Links of one problem to the treatments it may belong to: the best rule over them, and its equals for listed treatments."""
    sentence = story.sentences[problem_sentence]
    tokens = sentence.tokens
    group = enumeration(tokens, problem_tokens(sentence), here)
    found: list[tuple[float, int, Told, Relation, Polarity, Rule]] = []
    for told in candidates:
        seen = (
            told
            if told.sentence == problem_sentence
            else dataclasses.replace(told, sentence=problem_sentence, token=None)
        )
        view = reading(story, seen, group, firmly=True)
        hits = fire("relations", view)
        if not hits:
            continue
        top = hits[0]
        if top.rule.value == "other":
            continue
        relation, _, said = top.rule.value.partition("-")
        if relation == "causes" and told.status == "asked":
            continue  # a question states no effect
        if relation == "causes" and top.rule.weight < 6 and _leaving(story, told, problem_sentence):
            relation = "withdrawal"
        pol: Polarity = said or _said(sentence, view.text, group, here, relation)  # type: ignore[assignment]
        away = abs((told.token or 0) - here) if told.sentence == problem_sentence else 50
        found.append((top.rule.weight, -away, told, relation, pol, top.rule))  # type: ignore[arg-type]
    if not found:
        return []
    found.sort(key=lambda f: (-f[0], -f[1]))
    weight, _, told, *_ = found[0]
    best = [
        f
        for f in found
        if f[0] == weight
        and (f[2] is told or (f[2].sentence == told.sentence and f[2].token in listed(story, told, firmly=True)))
    ]
    problem = _at(sentence, here)
    return [Link(f[2], problem, problem_sentence, here, f[3], f[4], f[5].id, f[0], f[5].about) for f in best]


def _said(sentence: Sentence, said: str, group: set[int], here: int, relation: str) -> Polarity:
    """Polarity of a link: what is treated is always affirmed; an effect may be denied, doubted or only asked about."""
    if relation == "treats":
        return "affirmed"
    pol = polarity(sentence.tokens, group, here)
    if pol == "affirmed" and (phrase("doubt").search(said) or (sentence.question and _is_it(said))):
        return "uncertain"
    return pol


def _is_it(text: str) -> bool:
    return bool(phrase("asking_cause").match(text)) and "get" not in text.split()[:6]


def links(story: Story) -> list[Link]:
    """All links of a post. A sentence without a treatment is read as going on about the last one told, up to three sentences on;
    a condition stated by itself is what the treatments told next are for."""
    out: list[Link] = []
    stated: list[tuple[int, int]] = []
    for s, sentence in enumerate(story.sentences):
        places = problem_tokens(sentence)
        inside = story.inside(s)
        candidates = inside or _going_on(story, s)
        for here in places:
            found = (
                link(story, s, here, candidates)
                or _follows(story, s, here, inside)
                or _goes_on(story, s, here, candidates if not inside else [])
            )
            out += found
            if _states_condition(story, s, here) and not any(k.relation != "treats" for k in found):
                stated.append((s, here))
    return out + _indications(story, stated, out)


def _going_on(story: Story, s: int) -> list[Told]:
    """The treatments of the last sentence that named any, if near enough and in the same paragraph."""
    for back in range(1, NEAR + 1):
        if s - back < 0:
            return []
        gap = story.text[max(0, story.sentences[s - back].end - 2) : story.sentences[s - back + 1].start]
        before = story.inside(s - back)
        if before:
            return [before[-1]]
        if "\n\n" in gap:
            return []
    return []


def _default(story: Story, told: Told, s: int, here: int, rule: str, weight: float) -> list[Link]:
    tokens = story.sentences[s].tokens
    group = enumeration(tokens, problem_tokens(story.sentences[s]), here)
    relation: Relation = "withdrawal" if _leaving(story, told, s) else "causes"
    said = Reading(tokens, set(), group, {}).text
    pol = _said(story.sentences[s], said, group, here, relation)
    return [Link(told, _at(story.sentences[s], here), s, here, relation, pol, rule, weight)]


def _leaving(story: Story, told: Told, s: int) -> bool:
    """Whether what sentence s tells is what leaving the treatment brought: the person is coming off, or the dose was going down
    just before."""
    before = story.text[story.sentences[told.sentence].start : story.sentences[s].start].lower()
    leaving = "leaving" in told.status_about and told.status_weight >= 4 and told.sentence <= s
    same_sentence = told.token is not None and told.sentence == s
    return (bool(phrase("dropping").search(before)) or leaving) and (
        "weaning" in told.status_about or not same_sentence
    )


def _follows(story: Story, s: int, here: int, inside: list[Told]) -> list[Link]:
    """No rule: a problem that follows a treatment in its sentence is taken as its effect, weakly."""
    before = [t for t in inside if t.token is not None and t.token < here]
    if not before or before[-1].status not in ("current", "past"):
        return []
    first, _ = clause(story, s, here)
    told = before[-1]
    assert told.token is not None
    return _default(story, told, s, here, "relations:follows", 1.5 if told.token >= first else 1.0)


def _goes_on(story: Story, s: int, here: int, candidates: list[Told]) -> list[Link]:
    """No rule: a problem in a sentence that goes on about a treatment somebody has had is taken as its effect, weakly."""
    if not candidates or candidates[0].status not in ("current", "past") or story.sentences[s].question:
        return []
    return _default(story, candidates[0], s, here, "relations:goes on", 1.0)


def _states_condition(story: Story, s: int, here: int) -> bool:
    """True for `RA for 11 years`, `I have cluster headache`, `Mum was diagnosed with …`: a condition said for itself."""
    sentence = story.sentences[s]
    view = Reading(sentence.tokens, set(), {here}, marks(story.people[s]))
    return bool(fire("conditions", view))


def _indications(story: Story, stated: list[tuple[int, int]], found: list[Link]) -> list[Link]:
    """What a condition stated before any treatment is treated with: the treatments of the next sentence that names any."""
    out: list[Link] = []
    treated = {id(k.told) for k in found if k.relation == "treats" and k.weight >= 3}
    named = [t for t in story.told if t.token is not None and t.resolution == "explicit"]
    for s, here in stated:
        after = [t for t in named if t.sentence > s or (t.sentence == s and (t.token or 0) > here)]
        if not after or after[0].sentence > s + 3 or (len(after) < len(named) and named[0].sentence < s):
            continue
        for told in after:
            if told.sentence != after[0].sentence or told.token not in listed(story, after[0]):
                break
            if told.status in ("current", "past", "planned", "advised") and id(told) not in treated:
                treated.add(id(told))
                out.append(
                    Link(
                        told,
                        _at(story.sentences[s], here),
                        s,
                        here,
                        "treats",
                        "affirmed",
                        "relations:stated condition",
                        2.0,
                    )
                )
    return out

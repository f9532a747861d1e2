"""Words that are treatments only sometimes (tests/cases/ambiguous_words.txt), and short lay names (lay_treatments.txt)."""

import re
from pathlib import Path

import pytest
from wordfreq import zipf_frequency

from pipeline.spans import Tagged
from pipeline.tag.components import build_nlp
from pipeline.tag.gates import compiled, sense
from pipeline.vocabulary import HERE, load_vocabulary, read_rows, split
from pipeline.vocabulary.fold import fold

CASES = Path(__file__).parent / "cases"
TREATMENTS = {"DRUG", "DRUG_CLASS", "PROCEDURE", "DEVICE", "THERAPY"}
MARK = re.compile(r"\[([^]]*)\]")


def read(line: str) -> tuple[str, list[tuple[int, int]]]:
    """A marked sentence as its plain text and the places of what stood in brackets."""
    text, places, at = "", [], 0
    for m in MARK.finditer(line):
        text += line[at : m.start()]
        places.append((len(text), len(text) + len(m[1])))
        text += m[1]
        at = m.end()
    return text + line[at:], places


def lines(name: str) -> list[str]:
    return [s for s in (CASES / name).read_text(encoding="utf-8").splitlines() if s and not s.startswith("#")]


def tagged(text: str, start: int, end: int) -> list[str]:
    """Names of the treatments found on a stretch of text."""
    doc = build_nlp()(text)
    held = [t for t in doc._.threadrx if t.label in TREATMENTS and not t.weak and t.start < end and start < t.end]
    return [f"{t.text!r} {t.concept_name}" for t in held]


def misses(name: str) -> tuple[int, list[str]]:
    """How many marked words a file has, and those of them read wrongly."""
    n, wrong = 0, []
    for line in lines(name):
        want = not line.startswith("- ")
        text, places = read(line.removeprefix("+ ").removeprefix("- "))
        for start, end in places:
            n += 1
            found = tagged(text, start, end)
            if bool(found) != want:
                wrong.append(f"{'missed' if want else 'wrongly ' + ', '.join(found)}: {text[start:end]!r} in {text!r}")
    return n, wrong


def test_ambiguous_words_count_only_where_they_are_treatments() -> None:
    n, wrong = misses("ambiguous_words.txt")
    print(f"{n - len(wrong)} of {n} right", *wrong, sep="\n")
    assert len(wrong) <= 0.05 * n


def test_short_lay_names_are_found() -> None:
    n, wrong = misses("lay_treatments.txt")
    print(f"{n - len(wrong)} of {n} found", *wrong, sep="\n")
    assert len(wrong) <= 0.07 * n


def gate_rows() -> list[dict[str, str]]:
    return list(read_rows(HERE / "cues" / "gates.csv"))


@pytest.mark.parametrize("row", gate_rows(), ids=lambda r: f"{r['label']} {r['side']}: {r['example']}")
def test_a_sign_is_there_in_its_example(row: dict[str, str]) -> None:
    """Some word of the example has the sign before, after or around it."""
    folded = fold(row["example"])
    pattern = compiled(row)
    words = list(re.finditer(r"[\w'/-]+(?: [\w'/-]+)?", folded)) + list(re.finditer(r"[\w'/-]+", folded))
    words += list(re.finditer(r"(?<= )[\w'/-]+ [\w'/-]+", folded))
    if row["side"] == "around":
        assert any(pattern.search(f"{folded[: m.start()]}¤{folded[m.end() :]}") for m in words)
    elif row["side"].endswith("before"):
        assert any(pattern.search(folded[: m.start()]) for m in words)
    else:
        assert any(pattern.match(folded[m.end() :]) for m in words)


def rows() -> list[dict[str, str]]:
    return list(read_rows(HERE / "cues" / "senses.csv"))


@pytest.mark.parametrize("row", rows(), ids=lambda r: f"{r['words']}:{r['concept']}:{r['example']}")
def test_a_sense_is_the_first_that_its_example_calls(row: dict[str, str]) -> None:
    """One of the row's words stands in its example, and what is found there is what the row says."""
    folded, said = fold(row["example"]), []
    for word in split(row["words"]):
        for m in re.finditer(rf"(?<!\w){re.escape(fold(word))}s?(?!\w)", folded):
            found = sense(Tagged(m.start(), m.end(), m[0], "DRUG"), folded)
            said.append(found and found.concept)
    assert row["concept"] in said or (row["side"] == "named" and said)


@pytest.mark.parametrize("word", sorted({w for r in rows() for w in split(r["words"])}))
def test_a_word_with_senses_is_in_the_vocabulary(word: str) -> None:
    terms = load_vocabulary().terms
    assert fold(word) in terms or fold(word).removesuffix("s") in terms


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("ambiguous_words_fresh.txt", 0.92),
        ("lay_treatments_fresh.txt", 0.86),
        ("ambiguous_words_unseen.txt", 0.91),
        ("ambiguous_words_later.txt", 0.88),
    ],
)
def test_sentences_written_after_the_rules_keep_their_share(name: str, share: float) -> None:
    n, wrong = misses(name)
    print(f"{n - len(wrong)} of {n} right", *wrong, sep="\n")
    assert n - len(wrong) >= share * n


# Words of everyday English that are a treatment, or a problem, whatever stands beside them.
PLAIN = {
    "abortion", "abortions", "antibiotic", "antibiotics", "cannabis", "cbd", "chemotherapy", "condom", "condoms", "counseling",
    "extraction", "foley", "heroin", "insulin", "lithium", "massage", "meditation", "narcotics", "rehabilitation", "steroids",
    "stretching", "vaccination", "vaccine", "vaccines", "wheelchair", "wig", "yoga", "zinc",
}  # fmt: skip


def test_no_plain_english_word_is_a_treatment_without_a_gate() -> None:
    """A word that everybody writes (zipf frequency 3.5: three times in a million words) needs a second sign."""
    plain = {
        t
        for t, (concept, gated) in load_vocabulary().terms.items()
        if not gated and t.isalpha() and concept.label in TREATMENTS and zipf_frequency(t, "en") >= 3.5
    }
    assert plain == PLAIN

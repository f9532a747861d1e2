"""How many misspelt drug names are found, and how many near words are taken for one.

    python -m training.spelling [--half dev] [--errors]      (part of make evaluate)

Misspelt names are RedMed's (Lavertu and Altman 2019, MIT; ../shared/vocab): terms it counts as one edit from a drug or
sounding like it. Its list also holds what goes with a drug (`staying awake`, of caffeine), so a misspelling is here one word,
hardly English by its frequency, that differs in at most a third of its letters from a name RedMed knows of the drug and the
vocabulary has. 500 are drawn by hash from the half of the list that is not read (`blind`); `dev` is the other half. Near
words are tests/cases/near_words.txt. A misspelt name is put where a drug may stand, a near word where nothing says what it is
and, the harder question, where a drug stands.
"""

import argparse
import collections
import csv
import gzip
import sys
import zlib
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein
from wordfreq import zipf_frequency

from pipeline.spans import Tagged
from pipeline.vocabulary import load_vocabulary
from pipeline.vocabulary.fold import fold
from training.vocabulary import find

REDMED = Path(__file__).parent.parent.parent / "shared/vocab/redmed_filtered.tsv.gz"
NEAR = Path(__file__).parent.parent / "tests/cases/near_words.txt"
ENGLISH = 2.5  # zipf frequency of a word met once in three million


DRUG = "I take {} daily."
PLAIN = "It was {} again, as she said."


def read(word: str, sentence: str) -> list[Tagged]:
    """The drugs found at a word in a sentence."""
    start = sentence.index("{}")
    found = find(sentence.format(word))
    return [t for t in found if t.label in ("DRUG", "DRUG_CLASS") and t.start < start + len(word) and start < t.end]


def misspelt(half: str) -> list[tuple[str, set[str]]]:
    """Misspelt names of drugs the vocabulary has, and the concepts that are right; 500 where blind, all of dev."""
    with gzip.open(REDMED, "rt", encoding="utf-8") as f:
        rows = list(csv.DictReader(f, delimiter="\t"))
    names: dict[str, set[str]] = collections.defaultdict(set)
    for r in rows:
        if r["kind"] in ("drug", "known"):
            names[r["drugbank"]] |= {r["term"], r["drug"]}
    terms = {t: c for t, (c, _) in load_vocabulary().terms.items() if c.label in ("DRUG", "DRUG_CLASS")}
    out = []
    for r in rows:
        term = r["term"]
        known = sorted(n for n in names[r["drugbank"]] if fold(n) in terms)
        mine = zlib.crc32(term.encode()) % 2 == (half == "blind")
        if r["kind"] not in ("edOne", "misspellingPhon") or not mine or term in known or not term.isalpha():
            continue
        near = process.extractOne(term, known, scorer=DamerauLevenshtein.distance, score_cutoff=len(term) // 3)
        if near and zipf_frequency(term, "en") < ENGLISH:
            out.append((term, {terms[fold(n)].id for n in known}))
    out.sort(key=lambda x: zlib.crc32(x[0][::-1].encode()))
    return out[:500] if half == "blind" else out


def missed(cases: list[tuple[str, set[str]]]) -> list[str]:
    """Misspelt names that are not found, or found as another drug."""
    out = []
    for term, right in cases:
        found = read(term, DRUG)
        if not any(t.concept_id in right for t in found):
            out.append(f"{term}: {', '.join(t.concept_name or '' for t in found) or 'nothing'}")
    return out


def near_words(path: Path = NEAR) -> list[str]:
    """The words that are near to a drug and none."""
    return [w for w in path.read_text(encoding="utf-8").splitlines() if w and not w.startswith("#")]


def mistaken(words: list[str], sentence: str = PLAIN) -> list[str]:
    """Of such words, those taken for a drug in a sentence."""
    return [f"{w}: {t[0].concept_name}" for w in words if (t := read(w, sentence))]


def main(argv: list[str] | None = None) -> int:
    """Print both figures."""
    ap = argparse.ArgumentParser(description=__doc__, prog="python -m training.spelling",
                                 formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    ap.add_argument("--half", choices=("blind", "dev"), default="blind")
    ap.add_argument("--near", type=Path, default=NEAR, help="another file of near words")
    ap.add_argument("--errors", action="store_true", help="print them (dev half only)")
    a = ap.parse_args(argv)
    if a.errors and (a.half == "blind" or a.near == NEAR):
        ap.error("--errors needs --half dev and --near with a file of your own: the others are not read")
    words = near_words(a.near)
    for sentence in (PLAIN, DRUG):
        wrong = mistaken(words, sentence)
        print(
            f"near words taken for a drug in {sentence!r}: {len(wrong)} of {len(words)} ({len(wrong) / len(words):.2%})"
        )
    lost: list[str] = []
    if REDMED.exists():
        lost = missed(cases := misspelt(a.half))
        print(f"misspelt drug names found: {len(cases) - len(lost)} of {len(cases)} ({1 - len(lost) / len(cases):.1%})")
    else:
        print(f"misspelt drug names: skipped, {REDMED} is not there")
    if a.errors:
        print("", *wrong, "", *lost, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Train the learned tagger on the marked posts of training/text: what no list holds, above all lay words for problems.

    python -m training.tagger [--out DIR] [--held FRACTION]      (make train)

A spaCy NER with a small convolutional encoder, seeded, so that the same text gives the same weights on one machine. Every tenth
post (by a hash of its id) is held out: the scores printed are on those, strict and relaxed (overlapping).
"""

import argparse
import random
import zlib
from pathlib import Path

import spacy
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import fix_random_seed, minibatch
from thinc.api import compounding

from training.marked import Marked, posts

OUT = Path(__file__).parent / "model"  # not committed: the pipeline does not use it yet, see docs/SCORES.md
LABELS = ("PROBLEM", "PROCEDURE", "DEVICE", "THERAPY")
CONFIG = {
    "model": {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "ner",
        "extra_state_tokens": False,
        "hidden_width": 64,
        "maxout_pieces": 2,
        "use_upper": True,
        "tok2vec": {
            "@architectures": "spacy.HashEmbedCNN.v2",
            "pretrained_vectors": None,
            "width": 96,
            "depth": 4,
            "embed_size": 2000,
            "window_size": 1,
            "maxout_pieces": 3,
            "subword_features": True,
        },
    }
}


def held_out(post: Marked, fraction: float) -> bool:
    return zlib.crc32(post.id.encode()) % 1000 < 1000 * fraction


def example(nlp: spacy.Language, post: Marked) -> Example:
    """A post as spaCy trains on it; marks within a token are widened to it."""
    doc = nlp.make_doc(post.text)
    spans = [doc.char_span(a, b, label=label, alignment_mode="expand") for a, b, label in post.spans if label in LABELS]
    gold = Doc(doc.vocab, words=[t.text for t in doc], spaces=[bool(t.whitespace_) for t in doc])
    gold.ents = spacy.util.filter_spans([gold.char_span(s.start_char, s.end_char, label=s.label_) for s in spans if s])
    return Example(doc, gold)


def train(found: list[Marked], epochs: int, seed: int = 1) -> spacy.Language:
    """A pipeline `ner` trained on marked posts."""
    fix_random_seed(seed)
    rng = random.Random(seed)
    nlp = spacy.blank("en")
    ner = nlp.add_pipe("ner", config=CONFIG)
    for label in LABELS:
        ner.add_label(label)  # type: ignore[attr-defined]
    examples = [example(nlp, post) for post in found]
    optimizer = nlp.initialize(lambda: examples)
    for epoch in range(epochs):
        rng.shuffle(examples)
        losses: dict[str, float] = {}
        for batch in minibatch(examples, size=compounding(4.0, 24.0, 1.001)):
            nlp.update(batch, sgd=optimizer, drop=0.3, losses=losses)
        print(f"epoch {epoch + 1}: loss {losses['ner']:.0f}", flush=True)
    return nlp


def scores(nlp: spacy.Language, found: list[Marked]) -> str:
    """P, R, F1 and n per label, strict and relaxed."""
    lines = []
    for label in LABELS:
        strict = relaxed = back = n = m = 0
        for post in found:
            gold = {(a, b) for a, b, x in post.spans if x == label}
            got = {(e.start_char, e.end_char) for e in nlp(post.text).ents if e.label_ == label}
            strict += len(gold & got)
            relaxed += sum(any(a < d and c < b for c, d in got) for a, b in gold)
            back += sum(any(a < d and c < b for a, b in gold) for c, d in got)
            n, m = n + len(gold), m + len(got)
        p, r = back / max(m, 1), relaxed / max(n, 1)
        f = 2 * p * r / max(p + r, 1e-9)
        lines.append(
            f"{label:10s} strict F1 {2 * strict / max(n + m, 1):.3f}   relaxed P {p:.3f} R {r:.3f} F1 {f:.3f}   n {n}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--held", type=float, default=0.1)
    parser.add_argument("--epochs", type=int, default=25)
    args = parser.parse_args()
    everything = posts()
    test = [p for p in everything if held_out(p, args.held)]
    nlp = train([p for p in everything if not held_out(p, args.held)], args.epochs)
    print(f"{len(everything)} posts, {len(test)} of them held out")
    print(scores(nlp, test))
    nlp.to_disk(args.out)


if __name__ == "__main__":
    main()

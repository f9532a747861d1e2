"""Train the encoder and its heads on the marked text; `make train`. Needs torch, transformers: requirements-train.txt.

    python -m training.encoder.train --out DIR [--epochs N]

Threads and posts that `training.marked.held` holds back are not trained on: the scores printed are on those.
"""

import argparse
import random
import time
from collections import Counter
from pathlib import Path

import torch
from torch.nn import functional as F
from transformers import AutoModel

from pipeline.encoder.labels import EVENTS, RELATIONS, SPAN_HEADS, TAGS
from pipeline.encoder.pieces import Pieces
from pipeline.vocabulary import load_vocabulary
from training import marked, threads
from training.encoder.data import Item, Post, items, of_posts, of_threads, pools, varied
from training.encoder.net import Net, pair_vector, treatment_vector
from training.encoder.vocabulary import pretrained
from training.marked import held

BATCH_PIECES = 1000
SHARE_VARIED = 0.15


def batches(all_items: list[Item], rng: random.Random) -> list[list[Item]]:
    """Windows of like length together, at most BATCH_PIECES padded pieces each, in random order."""
    order = sorted(all_items, key=lambda x: len(x.ids) + rng.random() * 30)
    out: list[list[Item]] = []
    for x in order:
        if not out or len(x.ids) * (len(out[-1]) + 1) > BATCH_PIECES:
            out.append([])
        out[-1].append(x)
    rng.shuffle(out)
    return out


def padded(batch: list[Item]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    size = max(len(x.ids) for x in batch)
    ids = torch.tensor([x.ids + [0] * (size - len(x.ids)) for x in batch])
    mask = torch.tensor([[1] * len(x.ids) + [0] * (size - len(x.ids)) for x in batch])
    tags = torch.tensor([x.tags + [-100] * (size - len(x.ids)) for x in batch])
    return ids, mask, tags


def losses(net: Net, batch: list[Item]) -> dict[str, torch.Tensor]:
    ids, mask, tags = padded(batch)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        vectors = net.encode(ids, mask).float()
        out = {"tags": F.cross_entropy(net.tags(vectors).flatten(0, 1).float(), tags.flatten(), ignore_index=-100) * 4}
    spans, wanted, pairs, relations = [], [], [], []
    for v, x in zip(vectors, batch, strict=True):
        for i, span in enumerate(x.treatments):
            if x.decided[i] is None:
                continue
            spans.append(treatment_vector(v, span))
            wanted.append(x.decided[i])
            for j, p in enumerate(x.problems):
                pairs.append(pair_vector(v, span, p))
                relations.append(x.relations[i][j])
    if spans:
        stack = torch.stack(spans)
        for name, _ in SPAN_HEADS:
            said, goal = net.spans[name](stack), torch.tensor([w[name] for w in wanted])
            if name == "events":
                out[name] = F.binary_cross_entropy_with_logits(said, goal) * 3
            else:
                out[name] = F.cross_entropy(said, goal, label_smoothing=0.03)
    if pairs:
        out["relation"] = F.cross_entropy(net.relation(torch.stack(pairs)), torch.tensor(relations)) * 2
    return out


def decode(tags: list[int]) -> set[tuple[int, int, str]]:
    """Stretches of pieces a tag sequence says (an I after nothing begins one)."""
    out, start, label = set(), 0, ""
    for i, t in enumerate([*tags, 0]):
        name = TAGS[t]
        if label and name != f"I-{label}":
            out.add((start, i, label))
            label = ""
        if name != "O" and not label:
            start, label = i, name[2:]
    return out


@torch.no_grad()
def evaluate(net: Net, test: list[Item]) -> str:
    net.eval()
    right: Counter[str] = Counter()
    gold: Counter[str] = Counter()
    got: Counter[str] = Counter()
    for x in test:
        v = net.encode(torch.tensor([x.ids]), torch.ones(1, len(x.ids), dtype=torch.long))[0]
        said = decode(net.tags(v).argmax(-1).tolist())
        mine = decode([max(t, 0) for t in x.tags])
        for label in {s[2] for s in said | mine}:
            a = {s for s in mine if s[2] == label}
            b = {s for s in said if s[2] == label}
            gold[label] += len(a)
            got[label] += len(b)
            right[label] += len(a & b)
            gold[label + "~"] += len(a)
            got[label + "~"] += len(b)
            right[label + "~"] += sum(any(s[0] < o[1] and o[0] < s[1] for o in b) for s in a)
        for i, span in enumerate(x.treatments):
            if x.decided[i] is None:
                continue
            for name, _ in SPAN_HEADS:
                s = net.spans[name](treatment_vector(v, span))
                goal = torch.tensor(x.decided[i][name])
                if name == "events":
                    for k in range(len(EVENTS)):
                        gold[name] += int(goal[k] >= 0.5)
                        got[name] += int(s[k] > 0)
                        right[name] += int(goal[k] >= 0.5 and s[k] > 0)
                elif name in ("outcome", "reason"):
                    g, p = int(goal.argmax()), int(s.argmax())
                    gold[name] += g > 0
                    got[name] += p > 0
                    right[name] += g > 0 and g == p
                else:
                    gold[name] += 1
                    got[name] += 1
                    right[name] += int(goal[s.argmax()] > 0)
            for j, p in enumerate(x.problems):
                r = int(net.relation(pair_vector(v, span, p)).argmax())
                g = x.relations[i][j]
                for k in {r, g} - {0}:
                    for name in ("relation", RELATIONS[k]):
                        gold[name] += g == k
                        got[name] += r == k
                        right[name] += g == k and r == k
    net.train()
    lines = []
    for k in sorted(gold):
        p, r, f = right[k] / max(got[k], 1), right[k] / max(gold[k], 1), 2 * right[k] / max(got[k] + gold[k], 1)
        lines.append(f"{k:14s} P {p:.3f} R {r:.3f} F1 {f:.3f} n {gold[k]}")
    return "\n".join(lines)


def save(net: Net, kept: list[str], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    net.encoder.save_pretrained(out / "encoder")
    torch.save({k: v for k, v in net.state_dict().items() if not k.startswith("encoder.")}, out / "heads.pt")
    (out / "pieces.txt").write_text("\n".join(kept), encoding="utf-8")


def run(
    train: list[Post], test: list[Post], epochs: int, seed: int, rate: float, out: Path, start: Path | None
) -> None:
    """Train, print scores every third epoch, write what stands after each epoch."""
    torch.manual_seed(seed)
    torch.set_num_threads(2)
    rng = random.Random(seed)
    if start is None:
        encoder, kept = pretrained([p.text for p in train])
        net = Net(encoder)
    else:
        kept = (start / "pieces.txt").read_text(encoding="utf-8").splitlines()
        net = Net(AutoModel.from_pretrained(start / "encoder", add_pooling_layer=False))
        net.load_state_dict(torch.load(start / "heads.pt"), strict=False)
    pieces = Pieces(kept)
    drugs = sorted({n for c in load_vocabulary().concepts.values() if c.label == "DRUG" for n in [c.name]})
    head_parameters = [p for n, p in net.named_parameters() if not n.startswith("encoder.")]
    groups = [{"params": net.encoder.parameters(), "lr": rate}, {"params": head_parameters, "lr": 10 * rate}]
    held_words = pools(train)
    best = torch.optim.AdamW(groups, weight_decay=0.01)
    test_items = [x for p in test for x in items(p, pieces)]
    steps = epochs * len(batches([x for p in train for x in items(p, pieces)], rng))
    plan = torch.optim.lr_scheduler.LambdaLR(best, lambda n: min(1.0, n / (0.06 * steps)) * max(0.02, 1 - n / steps))
    net.train()
    for epoch in range(epochs):
        began, sums = time.time(), Counter()
        fresh = [x for p in train for x in items(varied(p, drugs, held_words, rng, SHARE_VARIED), pieces)]
        for batch in batches(fresh, rng):
            found = losses(net, batch)
            torch.stack(list(found.values())).sum().backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            best.step()
            best.zero_grad()
            plan.step()
            sums.update({k: float(v.detach()) for k, v in found.items()})
            sums["batches"] += 1
        said = "  ".join(f"{k} {v / sums['batches']:.3f}" for k, v in sums.items() if k != "batches")
        print(f"epoch {epoch + 1}/{epochs}, {time.time() - began:.0f} s: {said}", flush=True)
        save(net, kept, out)
        if (epoch + 1) % 3 == 0 or epoch + 1 == epochs:
            print(evaluate(net, test_items), flush=True)


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--out", type=Path, required=True)
    ap.add_argument("--epochs", type=int, default=9)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--rate", type=float, default=3e-4)
    ap.add_argument("--start", type=Path, help="go on from what an earlier run wrote (with new text, and a lower rate)")
    ap.add_argument("--threads", type=Path, default=threads.FOLDER)
    a = ap.parse_args()
    told = threads.threads(a.threads)
    posts = marked.posts()
    train = of_threads([t for t in told if not held(t.id)]) + of_posts([p for p in posts if not held(p.id)])
    test = of_threads([t for t in told if held(t.id)]) + of_posts([p for p in posts if held(p.id)])
    print(f"{len(train)} posts to train on, {len(test)} held out", flush=True)
    run(train, test, a.epochs, a.seed, a.rate, a.out, a.start)


if __name__ == "__main__":
    main()

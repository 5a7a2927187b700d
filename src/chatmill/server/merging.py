"""An adapter added into its base model: one folder that anything that reads safetensors loads."""

from pathlib import Path


def merge_adapter(base: Path, adapter: Path, folder: Path) -> None:
    """Write base model and adapter as one model, with its tokenizer and chat template.

    The sum is taken in float32 and written in the base model's own format, so that small changes
    are rounded once.

    Args:
        base: Folder of the base model.
        adapter: Folder that PEFT wrote.
        folder: Where the model goes; made when missing.

    Raises:
        OSError: A folder cannot be read or written.
    """
    import torch
    from peft import PeftModel
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    from chatmill.server.chat_format import ChatFormat

    network = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    merged = PeftModel.from_pretrained(network, str(adapter)).merge_and_unload()
    dtype = AutoConfig.from_pretrained(base).dtype or torch.float32
    merged.to(dtype).save_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.chat_template = ChatFormat(tokenizer).template
    tokenizer.save_pretrained(folder)

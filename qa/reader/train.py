"""Trains both readers: the large one on made examples, and then the small one on what the large one says of them.

    python -m qa.reader.train --data DATA --teacher MPNET_FOLDER --out OUT [--base MODEL_FOLDER]

`--teacher` is a folder with all-mpnet-base-v2, which becomes the large reader; `--base` one with all-MiniLM-L6-v2
(`model.safetensors` and `tokenizer.json`), by default the installed one. A GPU is used where there is one. A run that
was stopped goes on from its last checkpoint, and a large reader that is trained already is used as it is. The learning
rate falls to zero over all steps, or over `--teacher-minutes` and `--minutes` if those end first. The folders `large`
and `small` of `--out` are then readers as the program takes them.
"""

import argparse
import logging
import math
import shutil
from collections.abc import Sequence
from copy import deepcopy
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import onnx
import torch
import typer
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from tokenizers import Tokenizer
from torch import nn

from index.embed import packaged_folder
from qa.reader import mixture
from qa.reader.examples import WRITTEN, load, load_documents, load_written
from qa.reader.model import MODEL_FILE
from qa.reader.network import Exported, Reader, embedder, load_base
from qa.reader.rows import Row, batches, read_rows, tokenise, write_rows
from qa.reader.teacher import Teacher
from qa.reader.trainer import Trainer, copy_weights, loss_of, train

TEACHER_BATCH, BATCH = 128, 256
NULL_WEIGHT = 2.0
"""Of the null head in the null logit, chosen on the development questions."""
IN_BLOCKS = "/output/dense/MatMul"
"""In the names of the products in MPNet that get a scale for each block of numbers."""


def rows_of(data: Path, base: Path, out: Path, seed: int, scale: float) -> list[Row]:
    """Makes the rows, once: what an earlier start of the same run made is read again."""
    made = out / "rows.npz"
    if not made.exists():
        tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.save(str(out / "tokenizer.json"))
        path = data / "reader_train.jsonl.gz"
        read = load(path) + load_written(WRITTEN, path)
        names = mixture.all_names(read, embedder(base, tokenizer))
        documents = load_documents(data / "documents.jsonl.gz")
        examples = mixture.build(read, documents, names, mixture.MIXTURE, seed, scale)
        write_rows(made, [row for row in tokenise(tokenizer, examples, seed) if row])  # without those that are cut off
    return read_rows(made)


def run(trainer: Trainer, rows: Sequence[Row], size: int, seed: int) -> None:
    """Trains a model; afterwards it has the averaged weights, and is frozen."""
    trainer.resume()
    train(trainer, batches(rows, size, seed))
    copy_weights(trainer.model, trainer.average)
    trainer.model.eval().requires_grad_(requires_grad=False)


def export(reader: nn.Module, out: Path) -> None:
    """Writes a reader into a folder, as the program takes it: in few bits, with the tokenizer from the folder above.

    Weights get 8 bits, with one scale for each channel; what they are multiplied with gets 8 bits, with one scale for
    all of it. The large reader loses by that in the second half of its feed-forward layers (see the model card):
    there, each 32 numbers have a scale of their own, and the weights 4 bits.
    """
    out.mkdir(exist_ok=True)
    shutil.copy(out.parent / "tokenizer.json", out)
    ids = torch.ones(2, 16, dtype=torch.long)
    axes = {0: "batch", 1: "length"}
    names = ["input_ids", "attention_mask", "token_type_ids"]
    shapes = {**dict.fromkeys(names, axes), "start_logits": axes, "end_logits": axes, "null_logit": {0: "batch"}}
    with TemporaryDirectory() as folder:
        whole, small = Path(folder) / "whole.onnx", Path(folder) / "small.onnx"
        torch.onnx.export(
            Exported(reader, NULL_WEIGHT).eval(), (ids, ids, ids), str(whole), dynamo=False, opset_version=17,
            input_names=names, output_names=["start_logits", "end_logits", "null_logit"], dynamic_axes=shapes,
        )  # fmt: skip
        blocks = [node.name for node in onnx.load(whole).graph.node if IN_BLOCKS in node.name]
        # Seven bits in the range of eight: processors without VNNI add two products in 16 bits, which eight overflow.
        quantize_dynamic(
            whole, small, nodes_to_exclude=blocks, per_channel=True, weight_type=QuantType.QInt8, reduce_range=True
        )
        if blocks:
            quantizer: Any = MatMulNBitsQuantizer(onnx.load(small), bits=4, block_size=32, accuracy_level=4)
            quantizer.process()
            quantizer.model.save_model_to_file(str(small))
        shutil.copy(small, out / MODEL_FILE)
    typer.echo(f"exported to {out}")


def main() -> None:
    """Reads the arguments and runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with reader_train.jsonl.gz")
    parser.add_argument("--teacher", type=Path, required=True, help="folder of all-mpnet-base-v2")
    parser.add_argument("--base", type=Path, help="folder of all-MiniLM-L6-v2 (by default the installed one)")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and ONNX files")
    parser.add_argument("--scale", type=float, default=2.2, help="factor on the amounts of the mixture")
    parser.add_argument("--teacher-rate", type=float, default=6e-5, help="highest learning rate of the teacher")
    parser.add_argument("--teacher-epochs", type=float, default=1)
    parser.add_argument("--teacher-minutes", type=float, default=float("inf"))
    parser.add_argument("--rate", type=float, default=4e-4, help="highest learning rate of the reader")
    parser.add_argument("--epochs", type=float, default=1.5)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=13)
    args = parser.parse_args()
    logging.getLogger(MatMulNBitsQuantizer.__module__).setLevel(logging.WARNING)  # it tells of every node
    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    for part in ("teacher", "reader"):
        (args.out / part).mkdir(parents=True, exist_ok=True)
    base = args.base or packaged_folder()
    rows = rows_of(args.data, base, args.out, args.seed, args.scale)
    teacher = Teacher(args.teacher).to(device)
    steps = math.ceil(len(rows) * args.teacher_epochs / TEACHER_BATCH)
    loss = partial(loss_of, teacher)
    tutor = Trainer(teacher, loss, args.teacher_rate, steps, args.teacher_minutes, args.out / "teacher")
    run(tutor, rows, TEACHER_BATCH, args.seed)
    export(deepcopy(teacher).cpu(), args.out / "large")
    teacher.bfloat16()
    reader = Reader()
    load_base(reader, base)
    steps = math.ceil(len(rows) * args.epochs / BATCH)
    loss = partial(loss_of, reader.to(device), teacher=teacher)
    trainer = Trainer(reader, loss, args.rate, steps, args.minutes, args.out / "reader")
    run(trainer, rows, BATCH, args.seed + 1)
    export(reader.cpu(), args.out / "small")


if __name__ == "__main__":
    main()

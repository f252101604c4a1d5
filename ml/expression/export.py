"""Trained checkpoints → what the product runs: python -m ml.expression.export FER2013 NAME=CHECKPOINT… [--out DIR].

The first network becomes `live`; all of them together are `best`. Each is written as ONNX, weights and activations
in 8 bits (the activations' ranges are those of Training faces); one that is ONNX already is taken as it is, so that a
newly trained network can join those that are committed. Then the calibrations are fitted on PublicTest and the scores
are measured there.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ml import checkpoints, command
from ml.expression import evaluate
from ml.expression.calibration import UNCHANGED, Calibration, best_calibration
from ml.expression.data import FaceSet, load_split
from ml.expression.model import ExpressionCNN, ExpressionConfig, centre_views
from ml.expression.network import SUFFIX, Floats, Network, load_network
from ml.expression.read import CENTRE, VIEWS, ExpressionReader, beside

N_CALIBRATION = 512  # Training faces
BATCH = 64
LIVE_VIEWS, BEST_VIEWS = 1, 10  # of a face
OPSET = 17


def write_onnx(model: ExpressionCNN, path: Path) -> None:
    """The network in single precision, its normalisations folded into the convolutions."""
    px = model.config.input_px
    torch.onnx.export(
        model,
        (torch.zeros(1, 1, px, px),),
        str(path),
        input_names=["x"],
        output_names=["logits"],
        dynamic_axes={"x": {0: "batch"}, "logits": {0: "batch"}},
        opset_version=OPSET,
        dynamo=False,  # the other exporter wants onnxscript
    )


def quantise(single: Path, path: Path, model: ExpressionCNN, faces: FaceSet) -> None:
    """Write `path`: weights in 8 bits for each channel, activations in 8 bits over the ranges that `faces` show."""
    from onnxruntime import quantization  # only here: it imports onnx, which the site does without
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Calibration(quantization.CalibrationDataReader):  # type: ignore[misc]  # untyped
        def __init__(self) -> None:
            self.batches = calibration_batches(model.config, faces)

        def get_next(self) -> dict[str, Floats] | None:
            return next(self.batches, None)

    prepared = single.with_suffix(".prepared")
    quant_pre_process(single, prepared, skip_symbolic_shape=True)
    quantization.quantize_static(
        prepared,
        path,
        Calibration(),
        per_channel=True,
        weight_type=quantization.QuantType.QInt8,
        reduce_range=True,  # 7 bits: AVX2 adds pairs of products in 16 bits, which 8 bits overrun
    )


def calibration_batches(config: ExpressionConfig, faces: FaceSet) -> Iterator[dict[str, Floats]]:
    chosen = faces.some(N_CALIBRATION)
    for batch in np.array_split(chosen, -(-len(chosen) // BATCH)):
        yield {"x": centre_views(config, batch)}


def export(checkpoint: Path, path: Path, train: FaceSet, validation: FaceSet) -> None:
    """Write one network and its card, which tells what the 8 bits cost."""
    if checkpoint.suffix == SUFFIX:
        return take_over(checkpoint, path)
    model, card = checkpoints.load_model(checkpoint, ExpressionConfig, ExpressionCNN)
    with tempfile.TemporaryDirectory() as folder:
        single, small = Path(folder) / "single.onnx", Path(folder) / "small.onnx"
        write_onnx(model, single)
        quantise(single, small, model, train)
        checkpoints.write_weights(lambda partial: write_bytes(small, partial), card, path)
    reader = ExpressionReader([load_network(path)], CENTRE, UNCHANGED)
    hits = evaluate.predict(reader, validation.faces).argmax(axis=1) == validation.labels
    card["test_accuracy_centre_view_8_bits"] = round(float(hits.mean()), 4)
    checkpoints.write_json(card, path.with_suffix(".json"))


def take_over(exported: Path, path: Path) -> None:
    """Copy a network that is ONNX already, with its card, unless it lies there."""
    network = load_network(exported)  # refused where it is broken
    if exported.resolve() != path.resolve():
        checkpoints.write_weights(lambda partial: write_bytes(exported, partial), network.card, path)


def write_bytes(source: Path, path: Path) -> None:
    path.write_bytes(source.read_bytes())


def fitted(networks: Sequence[Network], n_views: int, validation: FaceSet) -> tuple[Calibration, dict[str, Any]]:
    """The calibration that suits `validation`, and the scores there."""
    looks = evaluate.all_looks(ExpressionReader(networks, VIEWS[n_views], UNCHANGED), validation.faces)
    calibration = best_calibration(looks, validation.labels)
    return calibration, evaluate.scores(looks, calibration, validation.labels)


def named(text: str) -> tuple[str, Path]:
    name, _, checkpoint = text.partition("=")
    if not (name.isidentifier() and checkpoint):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=CHECKPOINT")
    return name, Path(checkpoint)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="fer2013.zip, fer2013.csv, or a folder with train/ and test/")
    parser.add_argument(
        "networks", nargs="+", type=named, metavar="NAME=CHECKPOINT", help="the first one is live, all are best"
    )
    parser.add_argument("--out", type=Path, default=checkpoints.WEIGHTS_DIR)
    args = parser.parse_args()
    train, validation = load_split(args.data, "train"), load_split(args.data, "test")
    card_path = args.out / "expression.json"
    for name, checkpoint in args.networks:
        export(checkpoint, beside(card_path, name), train, validation)
    names = [name for name, _ in args.networks]
    networks = [load_network(beside(card_path, name)) for name in names]
    config, scores = {}, {}
    for model, members, n_views in (("live", 1, LIVE_VIEWS), ("best", len(names), BEST_VIEWS)):
        calibration, scores[model] = fitted(networks[:members], n_views, validation)
        config[model] = {"networks": names[:members], "views": n_views, **calibration._asdict()}
    pairs = " ".join(f"{name}={checkpoint.name}" for name, checkpoint in args.networks)
    card = {
        "name": "expression",
        "config": config,
        "data": f"{args.data.name}: networks as their cards say; the calibrations are fitted on test/ (PublicTest)",
        "command": f"python -m ml.expression.export {args.data.name} {pairs}",
        "public_test": scores,
    }
    checkpoints.write_json(card, card_path)
    print(json.dumps(card))


if __name__ == "__main__":
    command.run(main)

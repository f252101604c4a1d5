"""How well, how fast and after how much training are expressions read? python -m benchmarks.expression

The scores are those that `ml.expression.export` measured on PublicTest and wrote into the card; the times are medians
on one core of this machine, of one face after another, beside the networks' multiply–adds over the rate of a large
matrix product in 32-bit floats (the networks run in 8 bits, so they may beat it). Two pictures: how the networks
learnt, from their cards, and the confusion matrix.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from ml import checkpoints
from ml.domain import EXPRESSIONS, FACE_PX
from ml.expression.calibration import UNCHANGED
from ml.expression.model import ExpressionCNN, ExpressionConfig
from ml.expression.network import Network
from ml.expression.read import CARD, CENTRE, MODELS, ExpressionReader, load_reader

matplotlib.use("Agg")

REPEATS, WARM_UP = 100, 10
PRODUCT_SIDE = 1024
COLOURS = ("#8c2f39", "#3d5a80", "#6b8f71", "#c08a3e")
FACE = np.random.default_rng(0).integers(0, 256, (1, FACE_PX, FACE_PX), dtype=np.uint8)  # noise takes as long as a face


def median_ms(work: Callable[[], object]) -> float:
    times_s = []
    for _ in range(WARM_UP + REPEATS):
        started = time.perf_counter()
        work()
        times_s.append(time.perf_counter() - started)
    return 1e3 * float(np.median(times_s[WARM_UP:]))


def products_per_s() -> float:
    """Multiply–adds a second of a large matrix product on one core."""
    matrix = torch.ones(PRODUCT_SIDE, PRODUCT_SIDE)
    return PRODUCT_SIDE**3 / (1e-3 * median_ms(lambda: matrix @ matrix))


def size_of(card: checkpoints.Card) -> tuple[int, float]:
    """Parameters, and multiply–adds for one view."""
    model = ExpressionCNN(checkpoints.build_config(card, ExpressionConfig)).eval()
    px = model.config.input_px
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        model(torch.zeros(1, 1, px, px))
    return sum(p.numel() for p in model.parameters()), counter.get_total_flops() / 2


def networks_table(networks: dict[str, Network]) -> None:
    rate = products_per_s()
    print("| network | trained | PublicTest, one view | parameters | multiply–adds | one view | at a product's rate |")
    print("|---|---|---|---|---|---|---|")
    for name, network in networks.items():
        n_parameters, n_products = size_of(network.card)
        reader = ExpressionReader([network], CENTRE, UNCHANGED)
        took_ms = median_ms(lambda reader=reader: reader.probabilities(FACE))  # type: ignore[misc]
        trained, score = network.card["epochs"], network.card["test_accuracy_centre_view_8_bits"]
        sizes = f"{n_parameters / 1e6:.1f} M | {n_products / 1e6:.0f} M"
        floor_ms = 1e3 * n_products / rate
        print(
            f"| {name} | {trained} epochs | {score:.2%} | {sizes} | {took_ms:.1f} ms | {floor_ms:.1f} ms |", flush=True
        )
    print(f"\nA large product makes {rate / 1e9:.0f} billion multiply–adds a second.\n")


def models_table(card: checkpoints.Card) -> None:
    print("| model | networks × views | accuracy | macro F1 | ECE, cross-fitted | a face |\n|---|---|---|---|---|---|")
    for model in MODELS:
        config, score, reader = card["config"][model], card["public_test"][model], load_reader(model)
        took_ms = median_ms(lambda reader=reader: reader.probabilities(FACE))  # type: ignore[misc]
        print(
            f"| {model} | {' + '.join(config['networks'])} × {config['views']} | {score['accuracy']:.2%} "
            f"| {score['macro_f1']:.3f} | {score['ece_cross_fitted']:.3f} | {took_ms:.1f} ms |",
            flush=True,
        )


def draw_curves(networks: dict[str, Network], path: Path) -> None:
    """Accuracy on PublicTest and training loss by epoch; a network that began from an earlier run, with that."""
    from matplotlib import pyplot

    figure, (above, below) = pyplot.subplots(2, 1, figsize=(7, 6), sharex=True, layout="constrained")
    for (name, network), colour in zip(networks.items(), COLOURS, strict=False):
        history = history_of(network.card)
        epochs = range(1, len(history) + 1)
        above.plot(epochs, [100 * row["test_accuracy"] for row in history], color=colour, label=name)
        below.plot(epochs, [row["loss"] for row in history], color=colour)
    above.set(ylabel="PublicTest, one view, %")
    above.legend(frameon=False)
    below.set(xlabel="epoch", ylabel="training loss")
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def history_of(card: checkpoints.Card) -> list[dict[str, Any]]:
    """Every epoch, those of the runs that it began from first."""
    before = card.get("begun_from") or {}
    return [*(history_of(before) if before else []), *card.get("history", [])]


def draw_confusion(card: checkpoints.Card, path: Path) -> None:
    """Of the faces of each expression, how many in a hundred were read as each, for both models."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(11, 5), layout="constrained")
    for axis, model in zip(axes, MODELS, strict=True):
        counts = np.array(card["public_test"][model]["confusion"])
        percent = 100 * counts / counts.sum(axis=1, keepdims=True)
        axis.imshow(percent, cmap="Blues", vmin=0, vmax=100)
        for (row, column), value in np.ndenumerate(percent):
            axis.text(column, row, f"{value:.0f}", ha="center", va="center", color="white" if value > 50 else "black")
        axis.set(title=f"{model}: {card['public_test'][model]['accuracy']:.1%}", xlabel="read as", ylabel="labelled")
        axis.set_xticks(range(len(EXPRESSIONS)), EXPRESSIONS, rotation=45)
        axis.set_yticks(range(len(EXPRESSIONS)), EXPRESSIONS)
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--curves", type=Path, default=Path("docs/expression-curves.png"))
    parser.add_argument("--confusion", type=Path, default=Path("docs/expression-confusion.png"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    card = checkpoints.read_card(CARD)
    networks = dict(zip(card["config"]["best"]["networks"], load_reader("best").networks, strict=True))
    networks_table(networks)
    models_table(card)
    draw_curves(networks, args.curves)
    draw_confusion(card, args.confusion)


if __name__ == "__main__":
    main()

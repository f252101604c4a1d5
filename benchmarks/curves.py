"""Draws how the committed composer learnt, from its card: python -m benchmarks.curves [--picture FILE.png]"""

import argparse
from pathlib import Path

import matplotlib

from ml import checkpoints
from ml.music.maker import WEIGHTS

matplotlib.use("Agg")


def picture(card: checkpoints.Card, path: Path) -> None:
    """Nats a note by epoch, on what was trained and on validation songs and clips."""
    from matplotlib import pyplot

    history = card["history"]
    epochs = [row["epoch"] for row in history]
    figure, axis = pyplot.subplots(figsize=(7, 4), layout="constrained")
    for key, name, style in (
        ("loss", "training (with dropout)", {"color": "#9aa5b1"}),
        ("validation", "EMOPIA's validation clips", {"color": "#8c2f39", "linewidth": 2}),
        ("songs", "held-out songs of POP909", {"color": "#3d5a80"}),
    ):
        axis.plot(epochs, [row[key] for row in history], label=name, **style)
    axis.axvline(card["epochs"]["songs"] + 0.5, color="black", linewidth=0.8, linestyle=":")
    axis.set(xlabel="epoch (dotted: from POP909 to EMOPIA)", ylabel="nats a note")
    axis.legend(frameon=False)
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path, default=Path("docs/composer-curves.png"))
    args = parser.parse_args()
    card = checkpoints.read_card(WEIGHTS)
    picture(card, args.picture)
    print(f"{card['validation_nats_per_note']} nats a note after epoch {card['best_epoch']}: {args.picture}")


if __name__ == "__main__":
    main()

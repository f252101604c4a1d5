"""What does each part of the composer bring? Small networks, trained alike but for one part.

python -m benchmarks.ablation [EMOPIA] [--epochs 10] [--count 20] [--seed 0] [--out DIR]

Every arm has the same small network, data, steps and seeds. Likelihood is that of EMOPIA's validation clips; the
happy–sad AUC and the correlation of asked and heard valence come from the listener model, over as many happy, sad and
neutral pieces. The last arm is the paper's plain version: three classes, pitches as they sound, nothing chosen.
A network that is told the tonic need not guess it, so its likelihood has a small advantage by right.
"""

import argparse
import dataclasses
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from benchmarks import real_music
from benchmarks.emotion import MERGED, Heard, hear_notes, listen
from ml.domain import Note
from ml.emotion import TARGETS, target
from ml.music import train
from ml.music.data import Corpus, load_emopia
from ml.music.maker import MusicMaker
from ml.music.model import weights_of
from ml.music.request import Request
from ml.music.weights import ComposerConfig

SMALL = ComposerConfig(hidden=192, embeddings=(32, 64, 32, 16), head=96, dropout=0.2)
CANDIDATES = 8
SECONDS = 24.0


@dataclass(frozen=True)
class Arm:
    """One way to do it.

    Args:
        network: which trained network it samples from.
    """

    name: str
    network: str
    n_candidates: int = CANDIDATES


ARMS = (
    Arm("all three", "full"),
    Arm("without choosing", "full", 1),
    Arm("without the template", "no template"),
    Arm("without functional tokens", "absolute"),
    Arm("the paper's plain version", "plain", 1),
)
NETWORKS = {
    "full": SMALL,
    "no template": dataclasses.replace(SMALL, template=False),
    "absolute": dataclasses.replace(SMALL, functional=False),
    "plain": dataclasses.replace(SMALL, template=False, functional=False),
}


def three_classes(corpus: Corpus) -> Corpus:
    """Every clip in one of the paper's classes: happy or sad by its label's valence, neutral where it is mid-range."""
    happy = np.array([clip.corner[0] > 0 for clip in corpus.clips])
    points = np.where(happy[:, None], TARGETS["happy"], TARGETS["sad"])
    points[corpus.neutral] = TARGETS["neutral"]
    return dataclasses.replace(corpus, points=points)


def trained(name: str, corpus: Corpus, epochs: int, seed: int, out: Path) -> tuple[MusicMaker, float]:
    """The network after `epochs`, or as far as it stands in `out`; and its nats a note on the validation clips."""
    own = three_classes(corpus) if name == "plain" else corpus
    trainer = train.Trainer(
        NETWORKS[name], own, [], (0, epochs), seed, torch.device("cpu"), out / name.replace(" ", "-")
    )
    trainer.resume()
    trainer.fit(trainer.one_epoch)
    trainer.model.load_state_dict(trainer.best["model"])
    return MusicMaker(weights_of(trainer.model), corpus.emotion_map, name), float(trainer.best["loss"])


def heard_of(maker: MusicMaker, n_candidates: int, count: int) -> Heard:
    music: dict[str, list[Sequence[Note]]] = {
        name: [
            maker.compose(Request(target(name), SECONDS, seed, n_candidates)).notes
            for seed in tqdm(range(count), desc=f"{maker.name}: {name}", disable=None)
        ]
        for name in MERGED
    }
    return listen(music, hear_notes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    real_music.add_argument(parser)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="where the runs' states lie, to go on with them")
    args = parser.parse_args()
    if not real_music.is_given(args):
        return
    torch.set_num_threads(1)
    corpus = load_emopia(args.data)
    with tempfile.TemporaryDirectory() as folder:
        networks = {name: trained(name, corpus, args.epochs, args.seed, args.out or Path(folder)) for name in NETWORKS}
    print("| | nats a note | happy–sad AUC | asked–heard valence r |\n|---|---|---|---|")
    for arm in ARMS:
        maker, nats = networks[arm.network]
        heard = heard_of(maker, arm.n_candidates, args.count)
        print(f"| {arm.name} | {nats:.2f} | {heard.auc():.3f} | {heard.correlation(0):.2f} |", flush=True)


if __name__ == "__main__":
    main()

"""Teach the committed composer what its music lacks of played music: python -m ml.music.critic_train EMOPIA.

First it writes pieces of every emotion as it would by itself: how its upper line moves there, beside how the lines of
EMOPIA's training clips move, says what each move gains from now on. Then it writes pieces with that: all takes of their
phrases stand on one side, as long excerpts of the training clips on the other, and a critic learns to tell them apart.
Both go into the composer's card, with how well the critic does on pieces and songs that it was not fitted on.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from tqdm import tqdm

from ml import checkpoints, command
from ml.domain import Note
from ml.emotion import TARGETS, target
from ml.music.critic import Critic
from ml.music.data import Clip, load_emopia
from ml.music.key import find_key
from ml.music.line import MOST, REACH, count_moves, learnt_moves
from ml.music.maker import PHRASE_S, WEIGHTS, MusicMaker, Score, load_maker, tonic_of
from ml.music.measures import FEWEST_NOTES, of_take
from ml.music.passage import Array
from ml.music.phrases import Take
from ml.music.request import Request
from ml.music.tokens import decode, encode

PIECE_S = 30.0
STEP_S = PHRASE_S / 2  # between the beginnings of excerpts
SEED = 50_000  # of the first piece
PENALTY = 0.01  # scikit-learn's C
N_FOLDS = 5
N_ROUNDS = 3  # of learning what moves gain
LEAST_DEVIATION = 1e-3  # what never varies must not be divided by nothing


def written(maker: MusicMaker, n_pieces: int, first_seed: int) -> Iterator[tuple[Score, list[Take]]]:
    """So many pieces, and all takes of all their phrases."""
    for i in tqdm(range(n_pieces), desc="composing", disable=None):
        request = Request(target(list(TARGETS)[i % len(TARGETS)]), PIECE_S, first_seed + i)
        random = np.random.default_rng(request.seed)
        score = Score(maker, request, tonic_of(request, random), random)
        takes = [take for until_s in score.phrase_ends_s for take in score.add(until_s)]
        yield score, takes


def moves_of(composer: MusicMaker, clips: Sequence[Clip], n_pieces: int) -> list[float]:
    """What each move of the upper line gains, learnt in rounds: each corrects what the rounds before it lead to."""
    played = np.sum([count_moves(encode(clip.notes, find_key(clip.notes).offset)) for clip in clips], axis=0)
    moves = np.zeros(2 * REACH + 1)
    for i in range(N_ROUNDS):
        pieces = written(plain(composer, moves.tolist()), n_pieces, SEED + i * n_pieces)
        drawn = np.sum([count_moves(score.events) for score, _ in pieces], axis=0)
        moves = np.clip(moves + learnt_moves(played, drawn), -MOST, MOST)
    gained: list[float] = moves.round(3).tolist()
    return gained


def plain(composer: MusicMaker, moves: Sequence[float]) -> MusicMaker:
    """A composer with these moves and without a critic."""
    return MusicMaker(composer.weights, composer.emotion_map, composer.name, moves)


def takes_of(maker: MusicMaker, n_pieces: int) -> tuple[Array, list[str]]:
    """Measures of every take of so many pieces, and which piece each is of."""
    rows, groups = [], []
    for i, (score, takes) in enumerate(written(maker, n_pieces, SEED + N_ROUNDS * n_pieces)):
        for take in takes:
            notes = decode(take.events, score.offset)
            if len(notes) >= FEWEST_NOTES:
                rows.append(of_take(notes, score.tonic))
                groups.append(f"piece {i}")
    return np.array(rows), groups


def excerpts_of(clips: Sequence[Clip]) -> tuple[Array, list[str]]:
    """Measures of the clips' excerpts, as the tokens tell them, and which song each is of."""
    rows, groups = [], []
    for clip in tqdm(clips, desc="measuring", disable=None):
        key = find_key(clip.notes)
        for excerpt in excerpts(decode(encode(clip.notes, key.offset), key.offset)):
            rows.append(of_take(excerpt, key.tonic))
            groups.append(clip.song)
    return np.array(rows), groups


def excerpts(notes: Sequence[Note]) -> list[list[Note]]:
    """As long as phrases, and overlapping."""
    begins_s = np.arange(notes[0].start_s, notes[-1].start_s + 1 - PHRASE_S, STEP_S)
    parts = [[note for note in notes if begin_s <= note.start_s < begin_s + PHRASE_S] for begin_s in begins_s]
    return [part for part in parts if len(part) >= FEWEST_NOTES]


def scaled(measures: Array) -> Critic:
    """A critic that only knows what is usual."""
    return Critic(measures.mean(axis=0), np.maximum(measures.std(axis=0), LEAST_DEVIATION), np.empty(0))


def fitted(takes: Array, real: Array) -> Critic:
    measures = np.concatenate([takes, real])
    critic = scaled(measures)
    model = regression().fit(critic.table(measures), labels(takes, real))
    return Critic(critic.mean, critic.deviation, np.concatenate([model.intercept_, model.coef_[0]]))


def regression() -> LogisticRegression:
    return LogisticRegression(C=PENALTY, max_iter=1000, class_weight="balanced")


def labels(takes: Array, real: Array) -> npt.NDArray[np.int64]:
    return np.array([0] * len(takes) + [1] * len(real))


def told_apart(takes: Array, real: Array, groups: Sequence[str]) -> float:
    """The area under the curve on pieces and songs that were left out."""
    which, measures = np.unique(groups, return_inverse=True)[1], np.concatenate([takes, real])
    odds = cross_val_predict(
        regression(),
        scaled(measures).table(measures),
        labels(takes, real),
        groups=which,
        cv=GroupKFold(N_FOLDS),
        method="decision_function",
    )
    return float(roc_auc_score(labels(takes, real), odds))


def train(data: Path, n_pieces: int) -> dict[str, Any]:
    """What a composer's card says of played music."""
    clips = [clip for clip in load_emopia([data]).clips if clip.split == "train"]
    composer = load_maker()
    moves = moves_of(composer, clips, n_pieces)
    real, songs = excerpts_of(clips)
    takes, pieces = takes_of(plain(composer, moves), n_pieces)
    return {
        "moves": moves,
        "critic": fitted(takes, real).as_dict(),
        "data": f"{len(takes)} takes of {n_pieces} pieces; {len(real)} excerpts of {len(clips)} EMOPIA training clips",
        "command": f"python -m ml.music.critic_train {data.name} --pieces {n_pieces}",
        "auc_left_out": round(told_apart(takes, real, [*pieces, *songs]), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="emopia.zip or its folder")
    parser.add_argument("--pieces", type=int, default=100)
    parser.add_argument("--out", type=Path, default=WEIGHTS.with_suffix(".json"), help="the card to write it into")
    args = parser.parse_args()
    played = train(args.data, args.pieces)
    card = json.loads(args.out.read_text()) if args.out.exists() else {}
    checkpoints.write_json(card | {"played": played}, args.out)
    print(json.dumps({name: played[name] for name in ("data", "auc_left_out")}))


if __name__ == "__main__":
    command.run(main)

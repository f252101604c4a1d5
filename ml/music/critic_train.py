"""Teach the committed composer what its music lacks of played music: python -m ml.music.critic_train EMOPIA.

First it writes pieces of every emotion as it would by itself: how its upper line moves there, beside how the lines of
EMOPIA's training clips move, says what each move gains from now on. Then it writes pieces with that: all takes of their
phrases stand on one side, as long excerpts of the training clips on the other, and a critic learns to tell them apart;
another one does so with twice as much music, for pulse and harmony hold over more than a phrase. All goes into the
composer's card, with how well the critics do on pieces and songs that they were not fitted on.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

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
from ml.music.maker import WEIGHTS, MusicMaker, Score, heard_s, load_maker, tonic_of
from ml.music.measures import FEWEST_NOTES, of_phrase
from ml.music.passage import PHRASE_S, SPANS_S, Array
from ml.music.request import Request
from ml.music.tokens import decode, encode

PIECE_S = 30.0
STEP_S = PHRASE_S / 2  # between the beginnings of excerpts
SEED = 50_000  # of the first piece
PENALTY = 0.01  # scikit-learn's C
N_FOLDS = 5
N_ROUNDS = 3  # of learning what moves gain
LEAST_DEVIATION = 1e-3  # what never varies must not be divided by nothing

Heard = tuple[float, list[Note]]  # how many seconds, and their notes


class Sample(NamedTuple):
    """(N, n) measures, and of which piece or song each row is."""

    measures: Array
    groups: list[str]


def written(maker: MusicMaker, n_pieces: int, first_seed: int) -> Iterator[tuple[Score, list[Heard]]]:
    """So many pieces, and what is heard with each take of their phrases."""
    for i in tqdm(range(n_pieces), desc="composing", disable=None):
        request = Request(target(list(TARGETS)[i % len(TARGETS)]), PIECE_S, first_seed + i)
        random = np.random.default_rng(request.seed)
        score = Score(maker, request, tonic_of(request, random), random)
        yield score, [(heard_s(until_s), heard) for until_s in score.phrase_ends_s for heard in score.add(until_s)]


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


def takes_of(maker: MusicMaker, n_pieces: int) -> dict[float, Sample]:
    """What is heard of so many pieces with every take, by how long it is."""
    pieces = enumerate(written(maker, n_pieces, SEED + N_ROUNDS * n_pieces))
    return sampled((span_s, notes, f"piece {i}") for i, (_, heard) in pieces for span_s, notes in heard)


def excerpts_of(clips: Sequence[Clip]) -> dict[float, Sample]:
    """The clips' excerpts, as the tokens tell them, by how long they are."""
    return sampled(excerpt for clip in tqdm(clips, desc="measuring", disable=None) for excerpt in excerpts(clip))


def excerpts(clip: Clip) -> Iterator[tuple[float, list[Note], str]]:
    """Overlapping ones of every length that is heard, and the clip's song."""
    offset = find_key(clip.notes).offset
    notes = decode(encode(clip.notes, offset), offset)
    for span_s in SPANS_S:
        for begin_s in np.arange(notes[0].start_s, notes[-1].start_s - span_s, STEP_S):
            yield span_s, [note for note in notes if begin_s <= note.start_s < begin_s + span_s], clip.song


def sampled(excerpts: Iterable[tuple[float, list[Note], str]]) -> dict[float, Sample]:
    """Measures of those with enough notes, by how long they are."""
    rows: dict[float, list[Array]] = {span_s: [] for span_s in SPANS_S}
    groups: dict[float, list[str]] = {span_s: [] for span_s in SPANS_S}
    for span_s, notes, group in excerpts:
        if len(notes) >= FEWEST_NOTES:
            rows[span_s].append(of_phrase(notes, span_s))
            groups[span_s].append(group)
    return {span_s: Sample(np.array(rows[span_s]), groups[span_s]) for span_s in SPANS_S}


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


def told_apart(takes: Sample, real: Sample) -> float:
    """The area under the curve on pieces and songs that were left out."""
    measures, labelled = np.concatenate([takes.measures, real.measures]), labels(takes.measures, real.measures)
    which = np.unique([*takes.groups, *real.groups], return_inverse=True)[1]
    odds = cross_val_predict(
        regression(),
        scaled(measures).table(measures),
        labelled,
        groups=which,
        cv=GroupKFold(N_FOLDS),
        method="decision_function",
    )
    return float(roc_auc_score(labelled, odds))


def train(data: Path, n_pieces: int) -> dict[str, Any]:
    """What a composer's card says of played music."""
    clips = [clip for clip in load_emopia([data]).clips if clip.split == "train"]
    composer = load_maker(as_played=False)
    moves = moves_of(composer, clips, n_pieces)
    real, takes = excerpts_of(clips), takes_of(plain(composer, moves), n_pieces)
    pairs = {f"{span_s:g}": (takes[span_s], real[span_s]) for span_s in SPANS_S}
    n_takes, n_real = (sum(len(pair[i].groups) for pair in pairs.values()) for i in (0, 1))
    return {
        "moves": moves,
        "critics": {span_s: fitted(*(each.measures for each in pair)).as_dict() for span_s, pair in pairs.items()},
        "data": f"{n_takes} takes of {n_pieces} pieces; {n_real} excerpts of {len(clips)} EMOPIA training clips",
        "command": f"python -m ml.music.critic_train {data.name} --pieces {n_pieces}",
        "auc_left_out": {span_s: round(told_apart(*pair), 3) for span_s, pair in pairs.items()},
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

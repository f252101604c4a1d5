"""Teach a composer what its music lacks of played music: python -m ml.music.critic_train EMOPIA.

First it writes pieces of every quadrant as it would by itself: how its upper line moves there, beside how the lines of
EMOPIA's training clips move, says what each move gains from now on. Then it writes pieces with that: all takes of their
phrases stand on one side, as long excerpts of the training clips on the other, and a straight line is fitted that tells
them apart; another one with twice as much music, for pulse and harmony hold over more than a phrase. Then it writes
pieces whose phrases are chosen by those lines, and a forest learns what still tells these from the clips. All goes into
a file beside the composer's weights, with how well each does on pieces and songs that it was not fitted on.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from tqdm import tqdm

from ml import checkpoints, command
from ml.domain import Note
from ml.emotion import TARGETS, target
from ml.music.critic import Critic, Line, Trees
from ml.music.data import LICENCE, Clip, load_emopia
from ml.music.key import find_key
from ml.music.line import MOST, REACH, count_moves, learnt_moves
from ml.music.maker import WEIGHTS, MusicMaker, Score, heard_s, load_maker, tonic_of
from ml.music.measures import FEWEST_NOTES, of_phrase
from ml.music.passage import PHRASE_S, SPANS_S, Array
from ml.music.played import Played, save_played
from ml.music.request import Request
from ml.music.tokens import decode, encode
from ml.music.trees import in_bins, packed, quantiles

PIECE_S = 30.0
QUADRANTS = [name for name, (valence, arousal) in TARGETS.items() if valence and arousal]  # that clips are labelled by
STEP_S = PHRASE_S / 2  # between the beginnings of excerpts
SEED = 50_000  # of the first piece
PENALTY = 0.01  # scikit-learn's C
N_FOLDS = 5
N_ROUNDS = 3  # of learning what moves gain
N_TREES, LEAF, ASKED_PART = 120, 4, 0.15  # of the forest; the last, of the measures, looked at for each split
MOST_EXCERPTS = 2500  # that a forest is grown on
CHOSEN = 5  # times as many pieces for the forest: of each phrase only one take is kept
LEAST_DEVIATION = 1e-3  # what never varies must not be divided by nothing

Heard = tuple[float, list[Note]]  # how many seconds, and their notes


class Sample(NamedTuple):
    """(N, n) measures, and of which piece or song each row is."""

    measures: Array
    groups: list[str]


def written(maker: MusicMaker, n_pieces: int, first_seed: int) -> Iterator[tuple[Score, list[Heard]]]:
    """So many pieces of the four quadrants, and what is heard with each take of their phrases."""
    for i in tqdm(range(n_pieces), desc="composing", disable=None):
        request = Request(target(QUADRANTS[i % len(QUADRANTS)]), PIECE_S, first_seed + i)
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


def takes_of(maker: MusicMaker, n_pieces: int, first_seed: int) -> dict[float, Sample]:
    """What is heard of so many pieces with every take, by how long it is."""
    pieces = enumerate(written(maker, n_pieces, first_seed))
    return sampled((span_s, notes, f"piece {i}") for i, (_, heard) in pieces for span_s, notes in heard)


def chosen_of(maker: MusicMaker, n_pieces: int, first_seed: int) -> dict[float, Sample]:
    """What is heard of so many pieces as they stand after each phrase, by how long it is."""
    pieces = enumerate(written(maker, n_pieces, first_seed))
    ends = ((i, score, until_s) for i, (score, _) in pieces for until_s in score.phrase_ends_s)
    return sampled((heard_s(until_s), score.latest((), until_s), f"piece {i}") for i, score, until_s in ends)


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


def scaled(measures: Array) -> Line:
    """A line that only knows what is usual."""
    return Line(measures.mean(axis=0), np.maximum(measures.std(axis=0), LEAST_DEVIATION), np.empty(0))


def fitted(composed: Array, real: Array) -> Line:
    measures = np.concatenate([composed, real])
    line = scaled(measures)
    model = regression().fit(line.table(measures), labels(composed, real))
    return Line(line.mean, line.deviation, np.concatenate([model.intercept_, model.coef_[0]]))


def regression() -> LogisticRegression:
    return LogisticRegression(C=PENALTY, max_iter=1000, class_weight="balanced")


def grown(composed: Array, real: Array) -> Trees:
    """A forest, on no more excerpts than MOST_EXCERPTS."""
    some = np.random.default_rng(SEED).permutation(len(real))[:MOST_EXCERPTS]
    measures = np.concatenate([composed, real[some]]).astype(np.float32)
    edges = quantiles(measures)
    return Trees(edges, packed(forest(SEED).fit(in_bins(measures, edges), labels(composed, real[some]))))


def forest(seed: int) -> ExtraTreesClassifier:
    return ExtraTreesClassifier(
        N_TREES, min_samples_leaf=LEAF, max_features=ASKED_PART, class_weight="balanced", random_state=seed
    )


def labels(composed: Array, real: Array) -> npt.NDArray[np.int64]:
    return np.array([0] * len(composed) + [1] * len(real))


def told_apart(composed: Sample, real: Sample, by: ClassifierMixin) -> float:
    """The area under the curve on pieces and songs that were left out."""
    measures, labelled = np.concatenate([composed.measures, real.measures]), labels(composed.measures, real.measures)
    which = np.unique([*composed.groups, *real.groups], return_inverse=True)[1]
    table = scaled(measures).table(measures)
    odds = cross_val_predict(by, table, labelled, groups=which, cv=GroupKFold(N_FOLDS), method="predict_proba")
    return float(roc_auc_score(labelled, odds[:, 1]))


def train(composer: MusicMaker, data: Path, n_pieces: int) -> tuple[Played, checkpoints.Card]:
    """What a composer is taught of played music, and its card."""
    clips = [clip for clip in load_emopia([data]).clips if clip.split == "train"]
    moves = moves_of(composer, clips, n_pieces)
    seed = SEED + N_ROUNDS * n_pieces
    real, takes = excerpts_of(clips), takes_of(plain(composer, moves), n_pieces, seed)
    lines = {span_s: fitted(takes[span_s].measures, real[span_s].measures) for span_s in SPANS_S}
    by_line = MusicMaker(
        composer.weights, composer.emotion_map, composer.name, moves, {at: Critic(line) for at, line in lines.items()}
    )
    chosen = chosen_of(by_line, CHOSEN * n_pieces, seed + n_pieces)
    critics = {at: Critic(line, grown(chosen[at].measures, real[at].measures)) for at, line in lines.items()}
    n_takes, n_chosen, n_real = (sum(len(each.groups) for each in some.values()) for some in (takes, chosen, real))
    card = {
        "name": f"what {composer.name} was taught of played music",
        "data": f"{n_takes} takes of {n_pieces} pieces, {n_chosen} stretches of {CHOSEN * n_pieces} more; "
        f"{n_real} excerpts of {len(clips)} EMOPIA training clips",
        "licence": LICENCE,
        "command": f"python -m ml.music.critic_train {data.name} --pieces {n_pieces}",
        "auc_left_out": {
            f"{span_s:g}": {
                "lines": round(told_apart(takes[span_s], real[span_s], regression()), 3),
                "trees": round(told_apart(chosen[span_s], real[span_s], forest(SEED)), 3),
            }
            for span_s in SPANS_S
        },
    }
    return Played(moves, critics), card


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="emopia.zip or its folder")
    parser.add_argument("--pieces", type=int, default=100)
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the composer to teach")
    args = parser.parse_args()
    played, card = train(load_maker(args.weights, as_played=False), args.data, args.pieces)
    save_played(played, card, args.weights)
    print(json.dumps({name: card[name] for name in ("data", "auc_left_out")}))


if __name__ == "__main__":
    command.run(main)

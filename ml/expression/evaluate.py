"""Measure the expression network: python -m ml.expression.evaluate DATA [--split test] [--model live|best] [--json]."""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from ml import command
from ml.domain import EXPRESSIONS, Pixels
from ml.errors import DataError
from ml.expression.calibration import Calibration, Floats, calibrated, cross_fitted, expected_calibration_error
from ml.expression.data import FaceSet, load_split
from ml.expression.read import MODELS, ExpressionReader, load_reader

BATCH = 64
SAME_PICTURE = 0.999  # normalised correlation above which two pictures are the same one

Confusion = npt.NDArray[np.int64]  # (7, 7) rows true, columns predicted


def predict(reader: ExpressionReader, faces: Pixels) -> Floats:
    """(N, 48, 48) faces → (N, 7) probabilities."""
    return np.concatenate([reader.probabilities(batch) for batch in batches(faces)])


def all_looks(reader: ExpressionReader, faces: Pixels) -> Floats:
    """(N, 48, 48) faces → (looks, N, 7): what each network reads from each view."""
    return np.concatenate([reader.looks(batch) for batch in batches(faces)], axis=1)


def batches(faces: Pixels) -> "tqdm[Pixels]":
    return tqdm(np.array_split(faces, max(len(faces) // BATCH, 1)), desc="reading", disable=None)


def confusion_matrix(truth: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64]) -> Confusion:
    counts = np.zeros((len(EXPRESSIONS), len(EXPRESSIONS)), dtype=np.int64)
    np.add.at(counts, (truth, predicted), 1)
    return counts


def seen_in(faces: Pixels, others: Pixels) -> npt.NDArray[np.bool_]:
    """(N,) whether each face is the same picture as one of `others`, or blank."""
    unit = [
        (x - x.mean(axis=1, keepdims=True)) for x in (f.reshape(len(f), -1).astype(np.float32) for f in (faces, others))
    ]
    a, b = (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-6) for x in unit)
    chunks = np.array_split(a, max(len(a) // BATCH, 1))
    return np.concatenate([(chunk @ b.T).max(axis=1) > SAME_PICTURE for chunk in chunks])


def measures(probabilities: Floats, truth: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Accuracy, macro F1, ECE, recall and confusion of predictions."""
    counts = confusion_matrix(truth, probabilities.argmax(axis=1))
    hits = counts.diagonal()
    recall = hits / np.maximum(counts.sum(axis=1), 1)
    f1 = 2 * hits / np.maximum(counts.sum(axis=0) + counts.sum(axis=1), 1)
    return {
        "n": len(truth),
        "accuracy": round(float(hits.sum() / len(truth)), 5),
        "macro_f1": round(float(f1.mean()), 5),
        "ece": round(expected_calibration_error(probabilities, truth), 5),
        "recall": dict(zip(EXPRESSIONS, recall.round(5).tolist(), strict=True)),
        "confusion": counts.tolist(),
        "labels": list(EXPRESSIONS),
    }


def scores(looks: Floats, calibration: Calibration, truth: npt.NDArray[np.int64]) -> dict[str, Any]:
    """The measures, and the ECE cross-fitted: the card's calibration was fitted on PublicTest, where this is honest."""
    error = expected_calibration_error(cross_fitted(looks, truth), truth)
    return measures(calibrated(looks, calibration), truth) | {"ece_cross_fitted": round(error, 5)}


def without_duplicates(data: Path, split: str, chosen: FaceSet, probabilities: Floats) -> dict[str, Any]:
    """The accuracy on faces that training did not see, where DATA holds train/ as well; else nothing."""
    try:
        train = load_split(data, "train")
    except DataError:
        return {}
    fresh = ~seen_in(chosen.faces, train.faces)
    hits = probabilities[fresh].argmax(axis=1) == chosen.labels[fresh]
    return {"n_without_duplicates": int(fresh.sum()), "accuracy_without_duplicates": round(float(hits.mean()), 5)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="fer2013.zip, fer2013.csv, or a folder with test/<label>/")
    parser.add_argument("--split", choices=("train", "test"), default="test")
    parser.add_argument("--model", choices=MODELS, default="best")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    reader = load_reader(args.model)
    chosen = load_split(args.data, args.split)
    looks = all_looks(reader, chosen.faces)
    result = scores(looks, reader.calibration, chosen.labels)
    if args.split != "train":
        result |= without_duplicates(args.data, args.split, chosen, calibrated(looks, reader.calibration))
    print(json.dumps(result) if args.json else as_table(result))


def as_table(result: dict[str, Any]) -> str:
    """The same for people."""
    lines = [f"{k:28} {result[k]}" for k in result if k not in ("recall", "confusion", "labels")]
    lines += [f"recall of {label:18} {recall}" for label, recall in result["recall"].items()]
    return "\n".join(lines)


if __name__ == "__main__":
    command.run(main)

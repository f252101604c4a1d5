"""Reads frames with the `fer` package, in the environment that benchmarks.cameras.peers made: FRAMES SECONDS."""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
import torch  # noqa: F401 - before TensorFlow, which fer imports: the other way round their LLVMs collide

from ml import torchvision_ops

torchvision_ops.ensure()

from fer.fer import FER  # noqa: E402

WARM_UP_FRAMES = 2
FEWEST_FRAMES = 5
MODES = {"Haar cascade": False, "MTCNN": True}


def read(detector: FER, jpeg: bytes) -> bool:
    """Decode and read one frame; whether there was a face."""
    frame = cv2.imdecode(np.frombuffer(jpeg, dtype=np.uint8), cv2.IMREAD_COLOR)
    return bool(detector.detect_emotions(frame))


def main() -> None:
    frames = [path.read_bytes() for path in sorted(Path(sys.argv[1]).glob("*.jpg"))]
    for mode, mtcnn in MODES.items():
        detector = FER(mtcnn=mtcnn)
        for jpeg in frames[:WARM_UP_FRAMES]:
            read(detector, jpeg)
        until_s = time.perf_counter() + float(sys.argv[2])
        cpu_ms: list[float] = []
        n_found = 0
        while time.perf_counter() < until_s or len(cpu_ms) < FEWEST_FRAMES:
            started_s = time.process_time()
            n_found += read(detector, frames[len(cpu_ms) % len(frames)])
            cpu_ms.append((time.process_time() - started_s) * 1000)
        name = f"`fer` {version('fer')}, {mode}"
        print(json.dumps({"name": name, "cpu_ms": cpu_ms, "part_found": n_found / len(cpu_ms)}), flush=True)


if __name__ == "__main__":
    main()

"""What others take for the same frames: each peer in an environment of its own, made when it is asked for.

The environments lie in .venv/peers; `fer` borrows PyTorch from .venv.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ml.frames import decode_frame

HERE = Path(__file__).parent
ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / ".venv" / "peers"
INSTALL_S, RUN_S = 1800, 600

# `fer` asks for CUDA's PyTorch, moviepy and more that reading frames never imports, so it comes without those. It needs
# pkg_resources, gone from setuptools 80, and Haar cascades, gone from OpenCV 5.
FER = "fer==25.10.3"
FER_NEEDS = ("tensorflow-cpu==2.21.0", "opencv-python-headless==4.14.0.94", "setuptools==79.0.1", "requests==2.34.2")
FACE_API = ("@vladmandic/face-api@1.7.15", "@tensorflow/tfjs@4.22.0", "@tensorflow/tfjs-backend-wasm@4.22.0")


class PeerError(Exception):
    """A peer that cannot be installed, or does not run."""


@dataclass(frozen=True)
class Peer:
    """One way of reading frames, and the CPU time that each frame took, on whatever threads."""

    name: str
    cpu_ms: Sequence[float]
    part_found: float  # of the frames, in which there was a face


def write_frames(film: Sequence[bytes], folder: Path) -> None:
    """Each frame as a JPEG and as raw RGB, since Node decodes no JPEG by itself."""
    for i, jpeg in enumerate(film):
        (folder / f"{i:03}.jpg").write_bytes(jpeg)
        frame = decode_frame(jpeg)
        (folder / f"{i:03}.rgb").write_bytes(frame.tobytes())
    (folder / "shape.json").write_text(json.dumps(frame.shape))


def call(command: Sequence[str | Path], timeout_s: float, folder: Path = ROOT) -> str:
    """Run a command; what it prints.

    Raises:
        PeerError: it is not there, fails, or takes too long.
    """
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    try:
        done = subprocess.run(
            [*map(str, command)], cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout_s
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerError(str(error)) from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no word"]
        raise PeerError(f"{Path(command[0]).name} ended with {done.returncode}: {lines[-1]}")
    return done.stdout


def installed(name: str, needs: Sequence[str], install: Callable[[Path], None]) -> Path:
    """The folder of an environment, made if it is not there or wants something else."""
    folder = FOLDER / name
    stamp, wanted = folder / "installed", hashlib.sha256("\n".join(needs).encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"Installing {', '.join(needs)} into {folder}, once.", file=sys.stderr, flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        install(folder)
        stamp.write_text(wanted)
    return folder


def install_fer(folder: Path) -> None:
    call([sys.executable, "-m", "venv", "--clear", folder], INSTALL_S)
    pip: list[str | Path] = [
        folder / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--quiet",
    ]
    call([*pip, *FER_NEEDS], INSTALL_S)
    call([*pip, "--no-deps", FER], INSTALL_S)
    ours = Path(torch.__file__).parents[1]  # comes after the peer's own packages
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "zz_borrowed.pth").write_text(f"{ours}\n")


def install_face_api(folder: Path) -> None:
    call(["npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefix", folder, *FACE_API], INSTALL_S, folder)


def fer(frames: Path, seconds: float) -> list[Peer]:
    """The `fer` package with Haar cascades, its default, and with MTCNN.

    Raises:
        PeerError: it cannot be installed, or does not run.
    """
    folder = installed("fer", (FER, *FER_NEEDS), install_fer)
    return parsed(call([folder / "bin" / "python", HERE / "fer_peer.py", frames, str(seconds)], RUN_S))


def face_api(frames: Path, seconds: float) -> list[Peer]:
    """face-api.js under Node, WebAssembly with SIMD, with its small and its default detector.

    Raises:
        PeerError: it cannot be installed, or does not run.
    """
    folder = installed("face-api", FACE_API, install_face_api)
    return parsed(call(["node", HERE / "face_api_peer.mjs", folder, frames, str(seconds)], RUN_S))


def parsed(output: str) -> list[Peer]:
    """One JSON object a line; a package may print other lines too."""
    rows = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return [Peer(row["name"], row["cpu_ms"], row["part_found"]) for row in rows]


@contextmanager
def on_one_core() -> Iterator[None]:
    """Keep this process, and what it starts, on one core, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


HEADER = (
    "| one moving face, one core | CPU ms a frame, median | mean | frames/s | a face found in | ours is faster by |\n"
    "|---|---|---|---|---|---|"
)


def row(peer: Peer, ours: Peer) -> str:
    median_ms, mean_ms = float(np.median(peer.cpu_ms)), float(np.mean(peer.cpu_ms))
    return (
        f"| {peer.name} | {median_ms:.1f} | {mean_ms:.1f} | {1000 / mean_ms:.1f} | {peer.part_found:.0%} "
        f"| {mean_ms / float(np.mean(ours.cpu_ms)):.1f}× |"
    )

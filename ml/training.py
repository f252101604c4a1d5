"""What every training run shares: its arguments, and its whole state on disk after each epoch.

`--resume` therefore loses at most the epoch that was running, whatever ended the process.
"""

import argparse
import ctypes
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

Row = dict[str, float]  # what is reported of one epoch

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4  # glibc's mallopt (malloc.h)
HEAP_BYTES = 2**30  # so much is asked for at a time, and kept


class Run(ABC):
    """Where a run stands; subclasses add what they train.

    Args:
        n_epochs: how many the run is begun for; a resumed run keeps its own.
        out: folder for the state and the finished checkpoint.
    """

    def __init__(self, n_epochs: int, seed: int, device: torch.device, out: Path) -> None:
        torch.manual_seed(seed)
        out.mkdir(parents=True, exist_ok=True)
        self.n_epochs, self.seed, self.device, self.out = n_epochs, seed, device, out
        self.epoch = 0
        self.history: list[Row] = []

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Everything that the subclass adds, as tensors and plain values."""

    @abstractmethod
    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` gave."""

    @property
    def state_path(self) -> Path:
        return self.out / "last.pt"

    def save(self) -> None:
        """Write the state, whole or not at all."""
        place = {"epoch": self.epoch, "n_epochs": self.n_epochs, "history": self.history}
        partial = self.state_path.with_suffix(".partial")
        torch.save(place | {"torch_rng": torch.get_rng_state()} | self.state(), partial)
        partial.replace(self.state_path)

    def resume(self) -> None:
        """Go on from the state on disk; a run that was never saved begins anew."""
        if not self.state_path.exists():
            return
        state = torch.load(self.state_path, map_location=self.device, weights_only=True)
        self.epoch, self.n_epochs, self.history = state["epoch"], state["n_epochs"], state["history"]
        torch.set_rng_state(state["torch_rng"].cpu())
        self.restore(state)

    def fit(self, one_epoch: Callable[[], Row]) -> None:
        """Do the epochs that are left; report and save each as it ends."""
        while self.epoch < self.n_epochs:
            started = time.monotonic()
            measured = one_epoch()
            self.epoch += 1
            row = {"epoch": self.epoch, **measured, "seconds": round(time.monotonic() - started, 1)}
            self.history.append(row)
            self.save()
            print(json.dumps(row), flush=True)


def keep_freed_memory() -> None:
    """Let large blocks that PyTorch frees stay with this process, on glibc; elsewhere nothing is done.

    Each step asks for the same blocks anew: were they handed back in between, the kernel would clear them every time.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, value in ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, HEAP_BYTES), (M_TOP_PAD, HEAP_BYTES)):
            mallopt(parameter, value)


def add_arguments(parser: argparse.ArgumentParser, n_epochs: int, out: Path) -> None:
    parser.add_argument("--epochs", type=int, default=n_epochs)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true", help="go on from DIR/last.pt, for as long as it was begun")
    parser.add_argument("--out", type=Path, default=out)

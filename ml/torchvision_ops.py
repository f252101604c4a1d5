"""Lets `import torchvision` work beside a CPU-only torch, by standing in for its non-maximum suppression.

facenet-pytorch's detector needs two things of torchvision: arrays turned into tensors, and `nms`. The torchvision
wheel on PyPI is built for CUDA and its C++ operators link against CUDA's libraries. Where torch itself is a CPU
build those are not there, so the operators cannot be loaded and `import torchvision` fails with "operator
torchvision::nms does not exist". A matching CPU build lives only in another package index; rather than depend on
that, the one operator that is used is defined here. Where the C++ operators do load, nothing is touched.

Call `ensure()` before anything imports torchvision or facenet_pytorch.
"""

import importlib
import importlib.util
import sys
from pathlib import Path
from threading import Lock

import numpy as np
import torch

# As torchvision declares them. It adds shape rules to both while it is imported, so both must exist by then.
SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
OPERATORS = ("nms", "qnms")

_lock = Lock()
_library: torch.library.Library | None = None  # the registration lives as long as this does


def ensure() -> None:
    """Make torchvision importable, with a working `nms`; cheap to call again, from any thread."""
    global _library
    with _lock:
        if _library is None and "torchvision" not in sys.modules and not operators_load():
            _library = define_operators()
            extension = importlib.import_module("torchvision.extension")
            # Only now: while torchvision is imported, "yes" would make it look for all its other operators too.
            extension.__dict__["_has_ops"] = lambda: True


def operators_load() -> bool:
    """Whether torchvision's C++ operators load into this process, tried as torchvision itself does."""
    try:
        torch.ops.load_library(extension_path())
    except (ImportError, OSError):
        return False
    return True


def extension_path() -> Path:
    """Where torchvision keeps its compiled operators.

    Raises:
        ImportError: torchvision is not installed, or without them.
    """
    spec = importlib.util.find_spec("torchvision")  # finds the package without running it
    folders = (spec.submodule_search_locations if spec else None) or []
    for folder in folders:
        for path in sorted(Path(folder).glob("_C*.so")) + sorted(Path(folder).glob("_C*.pyd")):
            return path
    raise ImportError("torchvision has no compiled operators")


def define_operators() -> torch.library.Library:
    library = torch.library.Library("torchvision", "DEF")
    for name in OPERATORS:
        library.define(name + SCHEMA)
        library.impl(name, nms, "CPU")
    return library


def nms(dets: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:
    """Non-maximum suppression: go through the boxes from the best score down and drop those too close to a kept one.

    Args:
        dets: (N, 4) boxes, x1 y1 x2 y2.
        scores: (N,) one score per box.
        iou_threshold: a box goes when its intersection over union with a kept box exceeds this, 0–1.

    Returns:
        (K,) int64 indices of the kept boxes, best score first; equal scores keep their order.
    """
    x1, y1, x2, y2 = dets.detach().double().numpy().T
    area = (x2 - x1) * (y2 - y1)
    left = np.argsort(-scores.detach().double().numpy(), kind="stable")
    kept = []
    while left.size:
        best, left = left[0], left[1:]
        kept.append(int(best))
        width = np.minimum(x2[best], x2[left]) - np.maximum(x1[best], x1[left])
        height = np.minimum(y2[best], y2[left]) - np.maximum(y1[best], y1[left])
        shared = width.clip(min=0) * height.clip(min=0)
        # Compared without a division: boxes of no area overlap nothing.
        left = left[shared <= iou_threshold * (area[best] + area[left] - shared)]
    return torch.tensor(kept, dtype=torch.int64)

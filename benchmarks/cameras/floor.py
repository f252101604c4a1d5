"""How far is a followed frame from the least it can take: its networks at the speed of a large matrix product?"""

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.cameras.stages import Clock
from benchmarks.expression import size_of
from ml import torchvision_ops
from ml.expression.read import ExpressionReader
from ml.tracking import ONET_PX

SIDE, REPEATS = 1024, 20


def products_per_s() -> float:
    """Multiply–adds a second of a large matrix product on one core, by CPU time as the frames."""
    torch.set_num_threads(1)
    matrix, clock = torch.ones(SIDE, SIDE), Clock()
    times_ms = [clock.lap_ms() for _ in range(REPEATS) if (matrix @ matrix).numel()]
    return 1000 * SIDE**3 / float(np.median(times_ms))


def onet_products() -> float:
    """Multiply–adds of MTCNN's last network, which looks again where the face was."""
    torchvision_ops.ensure()
    from facenet_pytorch.models.mtcnn import ONet  # only now: it imports torchvision

    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        ONet(pretrained=False).eval()(torch.zeros(1, 3, ONET_PX, ONET_PX))
    return float(counter.get_total_flops()) / 2


def sentence(followed_ms: float, reader: ExpressionReader) -> str:
    """What was measured beside the floor, in 32-bit floats on one core."""
    onet = onet_products()
    expression = len(reader.views) * sum(size_of(network.card)[1] for network in reader.networks)
    rate = products_per_s()
    floor_ms = 1000 * (onet + expression) / rate
    return (
        f"A followed frame's networks (O-Net {onet / 1e6:.1f} M multiply–adds, expression {expression / 1e6:.1f} M) "
        f"would take {floor_ms:.2f} ms at the {rate / 1e9:.0f} G multiply–adds a second that a large matrix product "
        f"of 32-bit floats reaches here on one core: the frame's {followed_ms:.2f} ms are "
        f"{followed_ms / floor_ms:.1f}× the floor."
    )

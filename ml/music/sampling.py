"""Drawing tokens from the network's predictions."""

import math

from ml.music.graph import Graph

# Of an event's parts: what is uneven in time is soon heard, and a little chance in the rest keeps pieces apart.
TEMPERATURES = (0.85, 0.88, 0.88, 0.9)  # shift, pitch, duration, velocity
BELOW_ONE = 1 - 1e-5  # rounding must not reach past the last token
LEAST_PART = 0.03  # of the likeliest token's probability: what is rarer is never drawn (min-p, Nguyen et al. 2024)


def draw(graph: Graph, logits: str, chance: str) -> str:
    """(B, n) logits, divided by their temperature, → (B,) indices of likely tokens, by (B, 1) numbers of chance.

    The chances lie in 0–BELOW_ONE.
    """
    most = graph("ReduceMax", logits, graph.constant([1]), keepdims=1)
    likely = graph("GreaterOrEqual", logits, graph("Add", most, graph.constant(math.log(LEAST_PART))))
    odds = graph("Softmax", graph("Where", likely, logits, graph.constant(-math.inf)), axis=-1)
    passed = graph("LessOrEqual", graph("CumSum", odds, graph.constant(1)), chance)
    return graph("ReduceSum", graph("Cast", passed, to=graph.INT64), graph.constant([1]), keepdims=0)

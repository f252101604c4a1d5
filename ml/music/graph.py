"""Small networks written down as ONNX graphs, node by node, and run by ONNX Runtime on one thread."""

from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

Array = npt.NDArray[np.float32]

OPSET = 20  # the first with Gelu
MICROSOFT = "com.microsoft"  # ONNX Runtime's own operators
IR_VERSION = 9  # of the file format, that opset 20 came with
NO_ZERO_POINT = ""  # an input that is left out
LARGEST = 63  # 7 bits and a sign's worth of weights: AVX2 adds pairs of products in 16 bits, which 8 bits overrun


class Graph:
    """A graph in the making: values are known by name, and calling the graph adds an operation.

    Args:
        exact: keep the weights of `product` as 32-bit floats.
    """

    INT64, FLOAT = TensorProto.INT64, TensorProto.FLOAT

    def __init__(self, exact: bool) -> None:
        self.exact = exact
        self.nodes: list[Any] = []
        self.inputs: dict[str, Any] = {}
        self.outputs: list[Any] = []
        self.constants: list[Any] = []

    def __call__(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add one operation; returns the name of its result."""
        name = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], domain=domain, **attributes))
        return name

    def input(self, name: str, kind: type = np.float32) -> str:
        """A value that is handed in, of any shape."""
        self.inputs[name] = helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(kind)), None)
        return name

    def output(self, *values: str) -> None:
        """Hand out values, in the order of the calls."""
        for value in values:
            self.outputs.append(helper.make_empty_tensor_value_info(value))

    def constant(self, value: npt.ArrayLike) -> str:
        """A number or an array; floats are kept in 32 bits."""
        array = np.asarray(value, order="C")
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def column(self, x: str, i: int) -> str:
        """(B, n) → (B,)."""
        return self("Gather", x, self.constant(i), axis=1)

    def split(self, x: str, *widths: int) -> list[str]:
        """(B, n) → for each of the widths, which sum to n, (B, width)."""
        names = [f"Split_{len(self.nodes)}_{i}" for i in range(len(widths))]
        self.nodes.append(helper.make_node("Split", [x, self.constant(widths)], names, axis=1))
        return names

    def exact_product(self, x: str, weight: Array, bias: Array) -> str:
        """(B, n) times (n, m), plus (m,)."""
        return self("Gemm", x, self.constant(weight), self.constant(bias))

    def product(self, x: str, weight: Array, bias: Array | None = None) -> str:
        """The same with weights of 8 bits, each column by its own scale, and `x` in 8 bits by its range."""
        bias = np.zeros(weight.shape[1], dtype=np.float32) if bias is None else bias
        if self.exact:
            return self.exact_product(x, weight, bias)
        scales = np.maximum(np.abs(weight).max(axis=0), 1e-8) / LARGEST
        integers = np.rint(weight / scales).astype(np.int8)
        inputs = (x, self.constant(integers), self.constant(scales), NO_ZERO_POINT, self.constant(bias))
        return self("DynamicQuantizeMatMul", *inputs, domain=MICROSOFT)

    def serialised(self) -> bytes:
        body = helper.make_graph(self.nodes, "graph", list(self.inputs.values()), self.outputs, self.constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
        return bytes(helper.make_model(body, opset_imports=opsets, ir_version=IR_VERSION).SerializeToString())


class Session:
    """A finished graph, ready to run; threads may share one."""

    def __init__(self, graph: Graph) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(graph.serialised(), options, providers=["CPUExecutionProvider"])
        self.outputs = [output.name for output in self.session.get_outputs()]

    def run(self, **inputs: npt.NDArray[Any]) -> list[Any]:
        """The outputs, in their order."""
        return list(self.session.run(self.outputs, inputs))

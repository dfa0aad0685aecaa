"""A graph of ONNX, put together node by node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Graph:
    """Nodes and constants; values are known by their names.

    ``graph("Add", a, b)`` adds a node and returns the name of its result; arrays and numbers among the inputs become constants.
    A number becomes one of int64 or float64: where values are of another type, the caller gives an array of it.
    """

    def __init__(self, onnx: ModuleType, outer: Graph | None = None) -> None:
        self._onnx = onnx
        self._outermost: Graph = self if outer is None else outer._outermost
        self.nodes: list[Any] = []
        if outer is None:
            self.constants: dict[tuple[str, tuple[int, ...], bytes], Any] = {}
            self._count = 0

    def __call__(self, operator: str, *inputs: Any, **attributes: Any) -> str:
        (result,) = self.several(1, operator, *inputs, **attributes)
        return result

    def several(self, outputs: int, operator: str, *inputs: Any, **attributes: Any) -> list[str]:
        """Add a node of several results."""
        names = [value if isinstance(value, str) else self.constant(value) for value in inputs]
        results = [self._new_name(operator.lower()) for _ in range(outputs)]
        self.nodes.append(self._onnx.helper.make_node(operator, names, results, **attributes))
        return results

    def constant(self, value: Any) -> str:
        """Return the name of a constant, which is in the graph once however often it is asked for."""
        array = np.ascontiguousarray(value).reshape(np.shape(value))  # which makes one dimension of none
        top = self._outermost
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in top.constants:
            top.constants[key] = self._onnx.numpy_helper.from_array(array, self._new_name("constant"))
        return str(top.constants[key].name)

    def cast(self, value: str, dtype: Any) -> str:
        """Return a value as one of another type."""
        return self("Cast", value, to=int(self._onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))))

    def choose(self, condition: str, yes: Callable[[Graph], str], no: Callable[[Graph], str]) -> str:
        """Compute one of two values, and not the other."""
        return self("If", condition, then_branch=self._branch(yes), else_branch=self._branch(no))

    def part(self, value: str, axis: int, begin: Any, end: Any) -> str:
        """Return a part of an axis; a negative end counts from its end."""
        ends = [self("Reshape", each, [1]) if isinstance(each, str) else np.array([each], np.int64) for each in (begin, end)]
        return self("Slice", value, *ends, np.array([axis], np.int64))

    def flat(self, value: str) -> str:
        """Return all numbers in one dimension."""
        return self("Reshape", value, [-1])

    def model(self, inputs: Sequence[Any], output: Any, **about: Any) -> Any:
        """Return the whole as a model."""
        graph = self._onnx.helper.make_graph(self.nodes, "afmnn", list(inputs), [output], list(self.constants.values()))
        return self._onnx.helper.make_model(graph, producer_name="afmnn", **about)

    def _branch(self, make: Callable[[Graph], str]) -> Any:
        inside = Graph(self._onnx, self)
        # A branch has to return something of its own, also where its result is from outside.
        result = inside("Identity", make(inside))
        value = self._onnx.ValueInfoProto()
        value.name = result
        return self._onnx.helper.make_graph(inside.nodes, self._new_name("branch"), [], [value])

    def _new_name(self, what: str) -> str:
        top = self._outermost
        top._count += 1
        return f"{what}_{top._count}"


def integers(values: Sequence[int]) -> NDArray[np.int64]:
    """Return whole numbers as ONNX has them."""
    return np.array(values, np.int64)

"""The loops of the kernel as operations on tensors, as PyMC needs them."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType, disconnected_type
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import (
    numba_njit,
    register_funcify_default_op_cache_key,
)

from deciban.model.likelihood import arrays, joint, kernel, layout
from deciban.model.likelihood.arithmetic import Outcomes
from deciban.model.likelihood.joint import Joint

__all__ = ["log_likelihood", "sum_out"]

# PyTensor keeps machine code on disk by the properties of an operation: one of them has
# to change with the loops.
_CODE = hashlib.sha256(
    b"".join(
        Path(str(part.__file__)).read_bytes()
        for part in (kernel, arrays, layout, joint)
    )
).hexdigest()

_TABLES = (
    "branch_stem",
    "branch_cell",
    "configuration_branch",
    "configuration_set",
    "n_sets",
)


class _WithSlope(Op):
    """A number that depends on a vector, and its derivative; all else are tables.

    The derivative is the second output. It cannot be differentiated again.
    """

    __props__ = ("code",)

    def __init__(self, loops: Callable[..., Any]) -> None:
        self.loops = loops
        self.code = f"{loops.__name__} {_CODE}"

    def make_node(self, *inputs: Any) -> Apply[Any]:
        outputs = [pt.scalar(dtype="float64"), pt.vector(dtype="float64")]
        return Apply(self, [pt.as_tensor(value) for value in inputs], outputs)

    def perform(self, node: Apply[Any], inputs: Any, outputs: Any) -> None:
        numbers = [value if value.ndim else value.item() for value in inputs]
        for output, value in zip(outputs, self.loops(*numbers), strict=True):
            output[0] = np.asarray(value)

    def infer_shape(self, node: Apply[Any], shapes: Any) -> Any:
        return [(), shapes[0]]

    def connection_pattern(self, node: Apply[Any]) -> list[list[bool]]:
        return [[i == 0, False] for i in range(len(node.inputs))]

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        by_value, by_slope = cotangents
        assert isinstance(by_slope.type, DisconnectedType)
        return [by_value * outputs[1], *(disconnected_type() for _ in inputs[1:])]


_log_likelihood = _WithSlope(kernel.evaluate)
_sum_out = _WithSlope(kernel.sum_out)


def log_likelihood(z: Any, integers: Any, floats: Any) -> Any:
    """Log-likelihood of a casebook.

    Parameters
    ----------
    z : tensor, shape (unknown,)
        Standard normals.
    integers, floats : tensor
        The casebook, as ``Arrays.packed`` gives it.

    Returns
    -------
    tensor, shape ()
        What ``model.likelihood.formula.weigh`` calls so.
    """
    value, _ = _log_likelihood.make_node(z, integers, floats).outputs
    return value


def sum_out(of_cell: Any, joint: Joint) -> Outcomes:
    """Sum joint outcomes out, from the log-probabilities of cells."""
    tables = (getattr(joint, name) for name in _TABLES)
    return Outcomes(*_sum_out.make_node(of_cell, *tables).outputs)


# Neither PyTensor's decorator nor what numba compiles has types.
@register_funcify_default_op_cache_key(_WithSlope)  # type: ignore[untyped-decorator]
def _compiled(op: Any, node: Apply[Any], **options: Any) -> Any:
    loops = op.loops
    # PyTensor's scalars are arrays without dimensions.
    if node.inputs[-1].type.ndim:

        @numba_njit
        def of_vectors(x, *tables):  # type: ignore[no-untyped-def]
            value, slope = loops(x, *tables)
            return np.asarray(value), slope

        return of_vectors

    @numba_njit
    def with_count(x, stem, cell, leaf, of_set, n):  # type: ignore[no-untyped-def]
        value, slope = loops(x, stem, cell, leaf, of_set, n.item())
        return np.asarray(value), slope

    return with_count

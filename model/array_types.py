"""Types of arrays of NumPy, as signatures name them."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "Integers"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

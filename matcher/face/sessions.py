"""One-thread onnxruntime sessions: workers run side by side, and a result never depends on a thread count."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

Float32 = NDArray[np.float32]


def open_session(path: Path) -> onnxruntime.InferenceSession:
    """Open a model on the CPU with one thread; safe to run from several threads at once."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Photographs come in many sizes: planning memory for each one would keep the largest of all for ever.
    options.enable_mem_pattern = False
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

"""Same inputs through neighbouring forms of one network, layer by layer.

Every layer is compared twice: isolated (fed with what the previous form gave that layer) and
cumulated (fed by its own form's previous layer). Only the isolated difference has a limit: it shows
a wrong conversion, where the cumulated one also shows rounding that adds up.
"""

import os

# TensorFlow reads these when it is first imported: only errors, and the same bits on every processor.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

from engine.micro_reference import MicroReference  # noqa: E402
from engine.verify.comparison import compare_outputs  # noqa: E402
from engine.verify.network import (  # noqa: E402
    file_inputs,
    verify_converted,
    verify_tflite,
    with_accuracy,
)
from engine.verify.quantised_forms import run_tflite_micro  # noqa: E402

__all__ = [
    "MicroReference",
    "compare_outputs",
    "file_inputs",
    "run_tflite_micro",
    "verify_converted",
    "verify_tflite",
    "with_accuracy",
]

"""The conversion chain: PyTorch -> ONNX -> TensorFlow -> TFLite -> TFLite Micro."""

import os

# TensorFlow reads these when it is first imported: only errors, and the same bits on every processor.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

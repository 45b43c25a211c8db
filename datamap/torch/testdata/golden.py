"""Writes the golden files: uid_to_logits.pt in the forms that PyTorch writes, and golden.json with the content of each.

Usage: python golden.py [OUT], where OUT is a folder (default: that of this script). The stored files were made with torch 2.15.0.
"""
import collections, json, os, sys
import numpy, torch

out = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
golden = {}


def save(name, uid_to_logits, **options):
    torch.save(uid_to_logits, os.path.join(out, name), **options)
    E, C = next(iter(uid_to_logits.values())).shape
    golden[name] = {
        "uids": [str(u) for u in uid_to_logits], "numbers": isinstance(next(iter(uid_to_logits)), int), "classes": C,
        "epochs": [[x for v in uid_to_logits.values() for x in v[e].detach().to(torch.float32).tolist()] for e in range(E)]}


def views(logits, uids):  # as in FTFT's code
    return {uid: logits[:, i, :] for i, uid in enumerate(uids)}


torch.manual_seed(0)
E, N, C = 3, 7, 3
logits = torch.randn(E, N, C)
words = ["plain", "", "Größe", "雪だるま☃", "🙂 \"quoted\"\n", "1", "a" * 300]
numbers = [0, 255, 256, 65536, -1, -2**31, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -2**63 - 1, 2**64 + 1, -2**70, 2**300, -256]
save("views.pt", views(logits, words))
save("numbers.pt", views(torch.randn(2, len(numbers), 2), numbers))
save("one.pt", views(torch.randn(1, 1, 2), [5]))
save("ordered.pt", collections.OrderedDict(views(logits, words)))
save("gradient.pt", views(logits.clone().requires_grad_(), words))
save("copies.pt", {u: v.clone() for u, v in views(logits, words).items()})
save("offset.pt", views(torch.randn(E + 2, N + 1, C + 3)[1:-1, 1:, 2:2 + C], words))
save("transposed.pt", {u: v.T for u, v in views(torch.randn(C, N, E), words).items()})
save("strided.pt", views(torch.randn(2 * E, N, 2 * C)[::2, :, ::2], words))
save("double.pt", views(torch.randn(E, N, C, dtype=torch.float64), words))
save("bfloat16.pt", views(torch.randn(E, N, C).to(torch.bfloat16), words))
save("protocol3.pt", views(logits, words), pickle_protocol=3)
save("protocol4.pt", views(logits, words), pickle_protocol=4)
save("protocol5.pt", views(logits, words), pickle_protocol=5)
save("legacy.pt", views(logits, words), _use_new_zipfile_serialization=False)

# Finite 16-bit numbers over the whole range, including subnormal ones, both zeros and the greatest.
bits = numpy.concatenate([numpy.arange(0, 65536, 173), [1, 2, 1023, 1024, 0x8000, 0x8001, 0x7bff, 0xfbff]]).astype(numpy.uint16)
half = bits.view(numpy.float16)
half = half[numpy.isfinite(half)]
save("half.pt", views(torch.from_numpy(half[:len(half) // 4 * 4].reshape(2, -1, 2).copy()), range(len(half) // 4)))

# Files that must be refused: a program, a parameter of another shape, integers, another class.
class Program:
    def __reduce__(self):
        return os.system, ("touch it-ran",)


refused = {"program": Program(), "parameter": torch.nn.Parameter(logits[0]),
           "integers": logits.long()[:, 0], "array": logits[:, 0].numpy()}
for name, value in refused.items():
    torch.save({"a": logits[:, 0], "b": value}, os.path.join(out, f"refused-{name}.pt"))

with open(os.path.join(out, "golden.json"), "w") as f:
    json.dump(golden, f)
    f.write("\n")

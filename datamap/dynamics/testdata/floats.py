"""Writes the golden arrays for the tests of float16: float32 numbers (numbers-f4.npy), the same rounded to float16 by NumPy
(numbers-f2.npy) and read back (numbers-f2-read.npy), and float64 numbers (numbers-f8.npy) with their float32 (numbers-f8-read.npy).

Usage: python floats.py [OUT], where OUT is a folder (default: that of this script). The stored files were made with numpy 2.4.6.
"""
import os, sys
import numpy

out = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
random = numpy.random.default_rng(1)
halves = random.integers(0, 0x7BFF, 300, dtype=numpy.uint16)
halves = numpy.concatenate([halves, random.integers(0, 0x3FF, 100, dtype=numpy.uint16),
                            numpy.array([0, 1, 0x3FE, 0x3FF, 0x400, 0x7BFE], numpy.uint16)])
low = halves.view(numpy.float16).astype(numpy.float32)
high = (halves + numpy.uint16(1)).view(numpy.float16).astype(numpy.float32)
ties = (low + high) / 2  # exact in float32
zero, beyond = numpy.float32(0), numpy.float32(numpy.inf)
numbers = numpy.concatenate([low, ties, numpy.nextafter(ties, zero), numpy.nextafter(ties, beyond),
                             random.normal(size=200).astype(numpy.float32),
                             numpy.array([1e-8, 1e-40, 65504, 65519.996], numpy.float32)])
numbers = numpy.concatenate([numbers, -numbers])
rounded = numbers.astype(numpy.float16)
assert numpy.isfinite(rounded).all()
wide = numpy.concatenate([random.normal(size=96), 10.0 ** random.uniform(-50, 38, 100),
                          [numpy.inf, -numpy.inf, -0.0, 3.4028235677973362e38]]).reshape(40, 5)
arrays = {"f4": numbers, "f2": rounded, "f2-read": rounded.astype(numpy.float32), "f8": wide, "f8-read": wide.astype(numpy.float32)}
for name, array in arrays.items():
    numpy.save(os.path.join(out, f"numbers-{name}.npy"), array)

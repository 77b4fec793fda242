"""ONNX Runtime through its C interface, for a teacher that is four times as fast as in torch. Optional: needs the library
(npm onnxruntime-node, bin/napi-v6/linux/x64/libonnxruntime.so.1; a built EdgeFace has it under runtimes/). One fixed input size, one thread."""
import ctypes as c
import os

import numpy as np

# Places in the table of functions OrtApi (onnxruntime_c_api.h); the table only grows.
_MESSAGE, _ENV, _SESSION, _RUN, _OPTIONS, _LEVEL, _THREADS, _TENSOR, _MEMORY = 2, 3, 7, 9, 10, 23, 24, 49, 69
_P = c.c_void_p
_API_VERSION = 16


class OrtModel:
    def __init__(self, library, path, outputs, height, width, name="input"):
        """`outputs`: name -> shape. Results lie in `self.results` and are overwritten by the next run."""
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        dll = c.CDLL(str(library))
        dll.OrtGetApiBase.restype = c.POINTER(_P)
        api = c.CFUNCTYPE(_P, c.c_uint32)(dll.OrtGetApiBase()[0])(_API_VERSION)
        self._table = c.cast(api, c.POINTER(_P))
        env, options, memory, self._session = _P(), _P(), _P(), _P()
        self._call(_ENV, (c.c_int, 3), (c.c_char_p, b"facetrain"), (_P, c.byref(env)))
        self._call(_OPTIONS, (_P, c.byref(options)))
        self._call(_THREADS, (_P, options), (c.c_int, 1))
        self._call(_SESSION, (_P, env), (c.c_char_p, os.fsencode(str(path))), (_P, options), (_P, c.byref(self._session)))
        self._call(_MEMORY, (c.c_int, 1), (c.c_int, 0), (_P, c.byref(memory)))
        self.image = np.zeros((1, 3, height, width), np.float32)
        self.results = {n: np.zeros(s, np.float32) for n, s in outputs.items()}
        self._in = (_P * 1)(self._value(memory, self.image))
        self._out = (_P * len(outputs))(*(self._value(memory, a) for a in self.results.values()))
        self._in_names = (c.c_char_p * 1)(name.encode())
        self._out_names = (c.c_char_p * len(outputs))(*(n.encode() for n in outputs))

    def run(self):
        self._call(_RUN, (_P, self._session), (_P, None), (_P, c.addressof(self._in_names)), (_P, c.addressof(self._in)),
                   (c.c_size_t, 1), (_P, c.addressof(self._out_names)), (c.c_size_t, len(self._out)), (_P, c.addressof(self._out)))
        return self.results

    def _value(self, memory, array):
        value, shape = _P(), (c.c_int64 * array.ndim)(*array.shape)
        self._call(_TENSOR, (_P, memory), (_P, array.ctypes.data), (c.c_size_t, array.nbytes), (_P, c.addressof(shape)),
                   (c.c_size_t, array.ndim), (c.c_int, 1), (_P, c.byref(value)))
        return value

    def _call(self, place, *arguments):
        function = c.CFUNCTYPE(_P, *(t for t, _ in arguments))(self._table[place])
        status = function(*(v for _, v in arguments))
        if status:
            message = c.CFUNCTYPE(c.c_char_p, _P)(self._table[_MESSAGE])(status)
            raise RuntimeError(message.decode())


class OrtTeacher:
    """YuNet-n at one square size: HxWx3 uint8 BGR -> cells x 15 float32 (score sqrt(cls * obj), box, landmarks)."""

    def __init__(self, library, path, size):
        kinds = (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10))
        cells = {s: (size // s) ** 2 for s in (8, 16, 32)}
        self.model = OrtModel(library, path, {f"{k}_{s}": (1, cells[s], n) for s in cells for k, n in kinds}, size, size)

    def __call__(self, image):
        self.model.image[0] = image.transpose(2, 0, 1)
        r = self.model.run()
        return [np.concatenate([np.sqrt(r[f"cls_{s}"][0] * r[f"obj_{s}"][0]), r[f"bbox_{s}"][0], r[f"kps_{s}"][0]], 1) for s in (8, 16, 32)]

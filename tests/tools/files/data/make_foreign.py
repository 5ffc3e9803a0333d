#!/usr/bin/env python3
"""Makes the files of other programs in this folder: HDF5 with h5py (3.7), MATLAB with scipy.io (1.10) and, version 7.3,
with h5py in the layout that MATLAB writes; PyTorch archives by hand after its documented format, with Python's pickle
and zipfile. Run it in this folder.

Element i, in C order, of an array is i unless said otherwise; complex ones are i - 1 + 2 i j.
"""
import collections
import io
import pickle
import struct
import sys
import types
import zipfile

import h5py
import numpy as np
import scipy.io


def ramp(shape, dtype="f4"):
    i = np.arange(np.prod(shape, dtype=int))
    return (i - 1 + 2j * i if np.dtype(dtype).kind == "c" else i).astype(dtype).reshape(shape)


def hdf5():
    with h5py.File("types.h5", "w") as f:
        for code in ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", "c8", "c16"]:
            f["le/" + code] = ramp((3, 4), "<" + code)
            f["be/" + code] = ramp((3, 4), ">" + code)
        f["bool"] = np.arange(12).reshape(3, 4) % 2 == 1
        f["text"] = np.array(["a".encode(), "h\u00e9".encode()], "S4")
        f["strings"] = np.array(["any", "length"], object)
        f["scalar"] = np.float64(2.5)
        f["empty"] = np.zeros((0, 3), "f4")
        f["soft"] = h5py.SoftLink("/scalar")
        f["elsewhere"] = h5py.ExternalLink("other.h5", "/x")
        f.create_dataset("deflated", data=ramp((50, 6, 5)), chunks=(7, 3, 5), compression="gzip", shuffle=True)
        f.create_dataset("chunked", data=ramp((50, 6, 5), ">f8"), chunks=(4, 6, 2))
    with h5py.File("pdebench.h5", "w") as f:
        f["tensor"] = ramp((4, 3, 8))
        f["x-coordinate"] = np.linspace(0, 1, 8, dtype="f4")
        f["t-coordinate"] = np.linspace(0, 1, 4, dtype="f4")
    with h5py.File("well.h5", "w") as f:
        f.attrs["dataset_name"] = "example"
        f.attrs["n_trajectories"] = 2
        f.attrs["n_spatial_dims"] = 2
        f.attrs["simulation_parameters"] = ["nu"]
        f.attrs["nu"] = 0.5
        f["dimensions/time"] = np.arange(3, dtype="f4")
        f["dimensions/x"] = np.arange(4, dtype="f4")
        f["dimensions/y"] = np.arange(5, dtype="f4")
        f["dimensions"].attrs["spatial_dims"] = ["x", "y"]
        f["t0_fields/density"] = ramp((2, 3, 4, 5))
        f["t0_fields/density"].attrs["time_varying"] = True
        f["t0_fields"].attrs["field_names"] = ["density"]
        f["t1_fields/velocity"] = ramp((2, 3, 4, 5, 2))
        f.create_group("t2_fields")
        f.create_group("scalars")
        f.create_group("boundary_conditions")


def matlab():
    cell = np.empty((1, 2), object)
    cell[0, 0], cell[0, 1] = "a", 1
    arrays = {"a": ramp((5, 4, 3), "f8"), "u": ramp((5, 4, 3, 2), "f4"), "z": ramp((2, 3), "c16"),
              "n": ramp((2, 3), "i2"), "l": np.arange(6).reshape(2, 3) % 2 == 1, "word": "text", "cell": cell}
    scipy.io.savemat("v5.mat", arrays, do_compression=False)
    scipy.io.savemat("v5_deflated.mat", arrays, do_compression=True)
    with h5py.File("v73.mat", "w", userblock_size=512) as f:
        def put(name, array, kind, **kwargs):
            f.create_dataset(name, data=array.T, **kwargs).attrs["MATLAB_class"] = np.bytes_(kind)
        put("a", ramp((5, 4, 3), "f8"), "double", chunks=(2, 2, 3), compression="gzip")
        put("u", ramp((5, 4, 3, 2), "f4"), "single")
        put("z", complex_pairs(ramp((2, 3), "c16")), "double")
        f.create_dataset("none", data=np.zeros(2, "u8")).attrs["MATLAB_empty"] = np.uint8(1)
        f["#refs#/b"] = np.zeros((1, 1))
    with open("v73.mat", "r+b") as f:
        f.write(b"MATLAB 7.3 MAT-file, made by hand".ljust(116) + bytes(8) + struct.pack("<H", 0x0200) + b"IM")


def complex_pairs(array):
    out = np.empty(array.shape, [("real", "f8"), ("imag", "f8")])
    out["real"], out["imag"] = array.real, array.imag
    return out


# ---- torch.save, as its readers describe it ----

class Global:
    """Pickles as the name of something that need not exist here."""

    def __init__(self, module, name):
        holder = sys.modules.setdefault(module, types.ModuleType(module))
        self.module, self.name = module, name
        self.stub = type(name, (), {"__module__": module, "__qualname__": name})
        setattr(holder, name, self.stub)


class Tensor:
    """A tensor whose storage holds `array` in memory order, seen with a shape and strides."""

    def __init__(self, array, shape=None, strides=None, offset=0, storage=None, parameter=False):
        self.array, self.shape, self.offset, self.parameter = array, shape or array.shape, offset, parameter
        self.strides = strides or tuple(s // array.itemsize for s in array.strides)
        self.storage = storage or {"f2": "Half", "f4": "Float", "f8": "Double", "c8": "ComplexFloat", "i8": "Long",
                                   "b1": "Bool"}[array.dtype.str[1:]] + "Storage"


class Call:
    def __init__(self, module, name, *arguments):
        self.callee, self.arguments = Global(module, name).stub, arguments


class Storage:
    def __init__(self, tensor, keys):
        self.kind = Global("torch", tensor.storage).stub
        self.key = keys.setdefault(id(tensor.array), (str(len(keys)), tensor.array))[0]
        self.count = tensor.array.size


def torch_pickle(value, keys):
    class Pickler(pickle._Pickler):  # the one in Python, which lets names be faked
        def persistent_id(self, obj):
            return ("storage", obj.kind, obj.key, "cpu", obj.count) if isinstance(obj, Storage) else None

        def reduced(self, obj):
            if isinstance(obj, Tensor):
                rebuilt = (Storage(obj, keys), obj.offset, obj.shape, obj.strides, False, collections.OrderedDict())
                if obj.parameter:
                    plain = Tensor(obj.array, obj.shape, obj.strides, obj.offset)
                    return (Global("torch._utils", "_rebuild_parameter").stub, (plain, True, collections.OrderedDict()))
                return (Global("torch._utils", "_rebuild_tensor_v2").stub, rebuilt)
            if isinstance(obj, Call):
                return (obj.callee, obj.arguments)
            return None

        def save_global(self, obj, name=None):
            self.write(pickle.GLOBAL + f"{obj.__module__}\n{obj.__qualname__}\n".encode())
            self.memoize(obj)

        def save(self, obj, save_persistent_id=True):
            reduced = self.reduced(obj)
            if reduced is not None and id(obj) not in self.memo:
                return self.save_reduce(*reduced, obj=obj)
            return super().save(obj, save_persistent_id)

    Pickler.dispatch = dict(pickle._Pickler.dispatch)
    Pickler.dispatch[type] = Pickler.save_global
    out = io.BytesIO()
    Pickler(out, 2).dump(value)
    return out.getvalue()


def torch_save(name, value, order="little", text=None, compression=zipfile.ZIP_STORED):
    keys = {}
    text = text or torch_pickle(value, keys)
    folder = name[:-3]
    with zipfile.ZipFile(name, "w", compression) as archive:
        def put(member, data):
            archive.writestr(zipfile.ZipInfo(f"{folder}/{member}"), data, compression)
        put("data.pkl", text)
        put("byteorder", order)
        for key, array in keys.values():
            put("data/" + key, array.transpose(np.argsort(array.strides)[::-1]).tobytes())  # as it lies in memory
        put("version", "3\n")


def torch():
    shared = ramp((24,))
    darcy = {"x": Tensor(np.ascontiguousarray(ramp((2, 3, 4)).transpose(1, 2, 0)).transpose(2, 0, 1)),
             "y": Tensor(np.asfortranarray(ramp((2, 3, 4), "f8")))}
    torch_save("dict.pt", darcy)
    torch_save("single.pt", Tensor(ramp((3, 2), "f2")))
    torch_save("list.pt", [Tensor(shared), (Tensor(shared, (2, 3), (12, 2), 1), 7),
                           {"step": 5, "lr": 0.5, "name": "run", 3: Tensor(ramp((2,), "i8"))}])
    state = collections.OrderedDict(weight=Tensor(ramp((2, 2)), parameter=True), mask=Tensor(np.array([True, False])),
                                    z=Tensor(ramp((3,), "c8")))
    state._metadata = collections.OrderedDict()
    state._metadata[""] = {"version": 1}
    torch_save("state.pt", {"model": state, "none": None, "flag": True})
    torch_save("bfloat.pt", [Tensor(ramp((4,), "f2"), storage="BFloat16Storage"), Tensor(ramp((2,)))])
    torch_save("evil_call.pt", {"x": Call("os", "system", "echo run > ran")})
    torch_save("evil_module.pt", Call("torch.nn.modules.linear", "Linear"))
    torch_save("evil_stride.pt", Tensor(ramp((4,)), (2, 3), (3, 1)))
    torch_save("evil_offset.pt", Tensor(ramp((4,)), (2,), (1,), 3))
    torch_save("evil_repeat.pt", Tensor(ramp((1,)), (1 << 20, 1 << 20), (0, 0)))
    torch_save("evil_overflow.pt", Tensor(ramp((1,)), (1 << 40, 1 << 40), (1 << 40, 1)))
    torch_save("evil_order.pt", Tensor(ramp((1,))), order="big")
    torch_save("evil_deflated.pt", Tensor(ramp((64,)) * 0), compression=zipfile.ZIP_DEFLATED)
    torch_save("evil_self.pt", None, text=b"\x80\x02]q\x00h\x00a.")
    torch_save("evil_opcode.pt", None, text=b"\x80\x02(I1\nios\nsystem\n.")
    with open("legacy.pt", "wb") as f:
        f.write(pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2))


hdf5()
matlab()
torch()

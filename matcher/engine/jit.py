"""How the compiled loops are compiled: for exact types, once per installation, without the interpreter lock.

Only `matcher.engine.kernel` imports this; importing it imports numba. Compiled code is kept beside that module (or in
the user's cache directory) until that file changes: after a change here, save it anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

F = TypeVar("F", bound=Callable[..., object])

_NUMBERS: dict[str, Any] = {
    "f4": types.float32,
    "f8": types.float64,
    "i1": types.int8,
    "i2": types.int16,
    "i4": types.int32,
    "i8": types.int64,
    "u1": types.uint8,
    "u4": types.uint32,
}

# Sums may be reordered and fused, which vectorising needs; infinities and NaN keep their meaning.
_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "cache": True,
    "error_model": "numpy",
    "fastmath": {"reassoc", "contract", "nsz"},
}


def kernel(arguments: str, result: str | None = None) -> Callable[[F], F]:
    """Compile a function for exactly these types when its module is imported, or load what was compiled before.

    Parameters
    ----------
    arguments : str
        One code an argument: `f4` a number, `f4[:]` and `f4[:,:]` arrays that are only read (they may be read-only
        maps), `f4[:]*` an array that is written. All arrays are contiguous.
    result : str or None
        Code of the result; None = nothing.

    Raises
    ------
    RuntimeError
        When there is no directory to keep compiled code in.
    """
    signature = (types.void if result is None else _NUMBERS[result])(*map(_type_of, arguments.split()))
    return cast(Callable[[F], F], numba.njit(signature, **_OPTIONS))


def inlined(function: F) -> F:
    """Compile a function into each of its callers, so that their loops are vectorised as a whole."""
    return cast(F, numba.njit(inline="always", error_model="numpy")(function))


def _type_of(code: str) -> Any:
    number, _, dimensions = code.partition("[")
    if not dimensions:
        return _NUMBERS[number]
    return types.Array(_NUMBERS[number], dimensions.count(":"), "C", readonly=not code.endswith("*"))


def _ask_for(_context: Any, array: Any, _index: Any) -> Any:
    """Start loading the cache line that holds one element."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, arguments[0])
        address = builder.bitcast(builder.gep(view.data, [arguments[1]]), ir.IntType(8).as_pointer())
        flag = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer(), flag, flag, flag])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")  # type: ignore[no-untyped-call]
        # For reading, to be kept in all caches, data.
        builder.call(prefetch, [address, flag(0), flag(3), flag(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


ask_for = cast(Callable[[object, int | np.int64], None], intrinsic(_ask_for))

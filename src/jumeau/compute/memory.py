"""Memory that a process no longer uses, given back to the machine."""

import ctypes
import gc


def release() -> None:
    """Give back what was freed, which the allocators of C and of Arrow keep for later."""
    import pyarrow as pa

    gc.collect()
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)

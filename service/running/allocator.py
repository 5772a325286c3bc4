"""Memory that is let go of is kept for what comes next.

To weigh a fit takes arrays of megabytes, dozens of times. The C library would give each
back to the system at once and ask for it again, page by page; in a thread of the server
a what-if takes twice as long so. A heap that shrinks only when much of it is free costs
some tens of megabytes.
"""

import ctypes
import platform

__all__ = ["keep_memory"]

# Numbers of <malloc.h>.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_FREE_BYTES = 256 * 2**20
_MAPPED_BYTES = 32 * 2**20  # no more is possible


def keep_memory(*, in_threads: bool) -> bool:
    """Tell the C library so; whether it is one that can be told.

    Parameters
    ----------
    in_threads : bool
        Whether threads weigh: then all share the one heap that can be kept. A sampler's
        threads would wait for each other there.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    options = {_M_MMAP_THRESHOLD: _MAPPED_BYTES, _M_TRIM_THRESHOLD: _FREE_BYTES}
    if in_threads:
        options[_M_ARENA_MAX] = 1
    mallopt = ctypes.CDLL(None).mallopt
    return all([mallopt(option, value) == 1 for option, value in options.items()])

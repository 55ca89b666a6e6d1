"""A limit to the memory of the process that reads a file, so that no file can take all of it.

Linux refuses memory beyond the limit, Windows does so through a job object; both end in
``MemoryError``. macOS does not enforce such limits: there a thread watches the process and
ends it with :data:`EXIT_CODE`.
"""

import logging
import os
import sys
import threading
import time

import psutil

log = logging.getLogger(__name__)

MOST = 2 << 30
"""Bytes that reading a file may take, on a computer with enough memory."""

_LEAST = 512 << 20
"""Bytes that it may take on any computer. A list of a million rows takes less."""

EXIT_CODE = 77
"""Of a process that was ended because it took too much."""

_LOOK_EVERY = 0.1  # seconds


def limit_of_this_computer() -> int:
    """Bytes that reading a file may take here: half of the memory, within bounds."""
    return min(MOST, max(_LEAST, psutil.virtual_memory().total // 2))


def limit_memory(most: int) -> None:
    """Let this process take ``most`` bytes beyond what it has now. Where no limit can be set,
    the log says so and the process goes on without."""
    try:
        if sys.platform == "linux":
            _limit_on_linux(most)
        elif sys.platform == "win32":
            _limit_on_windows(most)
        else:
            _watch(most)
    except (OSError, ValueError) as error:
        log.warning("the memory for reading a file could not be limited: %s", error)


if sys.platform == "linux":
    import resource

    def _limit_on_linux(most: int) -> None:
        wanted = psutil.Process().memory_info().vms + most
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    class _BasicLimits(ctypes.Structure):
        _fields_ = (
            ("PerProcessUserTimeLimit", wintypes.LARGE_INTEGER),
            ("PerJobUserTimeLimit", wintypes.LARGE_INTEGER),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        )

    class _ExtendedLimits(ctypes.Structure):
        _fields_ = (
            ("BasicLimitInformation", _BasicLimits),
            ("IoInfo", ctypes.c_ulonglong * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        )

    _EXTENDED_LIMIT_INFORMATION = 9
    _LIMIT_PROCESS_MEMORY = 0x100

    def _limit_on_windows(most: int) -> None:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateJobObjectW.restype = wintypes.HANDLE
        kernel.GetCurrentProcess.restype = wintypes.HANDLE
        limits = _ExtendedLimits()
        limits.BasicLimitInformation.LimitFlags = _LIMIT_PROCESS_MEMORY
        limits.ProcessMemoryLimit = psutil.Process().memory_info().private + most
        # Never closed: the job lives as long as this process.
        job = wintypes.HANDLE(kernel.CreateJobObjectW(None, None))
        done = kernel.SetInformationJobObject(
            job, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
        ) and kernel.AssignProcessToJobObject(job, wintypes.HANDLE(kernel.GetCurrentProcess()))
        if not done:
            raise ctypes.WinError(ctypes.get_last_error())


def _watch(most: int) -> None:
    """End this process when it holds more. For systems that enforce no limit."""
    process = psutil.Process()
    allowed = process.memory_info().rss + most

    def look() -> None:
        while process.memory_info().rss <= allowed:
            time.sleep(_LOOK_EVERY)
        os._exit(EXIT_CODE)

    threading.Thread(target=look, name="memory watch", daemon=True).start()

"""Where compiled kernels are kept, for those who may not call kernels themselves."""

from pathlib import Path


def kernel_cache_folder() -> Path | None:
    """Folder of the compiled kernels, or None where none can be written and they compile in every process."""
    from fastpipe_kernels._jit import cache_folder

    return cache_folder()

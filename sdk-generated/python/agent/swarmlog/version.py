"""The version of this package."""

from functools import cache
from importlib import metadata


@cache
def version() -> str:
    """The version of this package, as its metadata has it."""
    try:
        return metadata.version("swarmlog")
    except metadata.PackageNotFoundError:
        return "dev"

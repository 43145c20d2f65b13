"""Says what to do if the compiled half is not there, which comes with a wheel for one kind of machine."""

PAGE = "https://venuekey.github.io/venuekey/platforms/"

try:
    from ._native import __version__ as __version__
except ImportError as cause:
    import platform
    import sys

    _machine = f"{platform.system()} {platform.machine()}, {platform.python_implementation()}"
    _machine += f" {platform.python_version()}{', free-threaded' if 'free-threading' in sys.version else ''}"
    raise ImportError(
        f"venuekey's compiled module can't be loaded here ({_machine}). There are wheels for CPython 3.9 and later on "
        "Linux (glibc 2.17, musl 1.2), macOS and Windows. Install venuekey on this kind of machine instead of copying "
        f"it from another one. See {PAGE}",
        name=cause.name,
        path=cause.path,
    ) from cause

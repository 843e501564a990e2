"""Check the system libraries that Qt loads at start: `python tools/system_libraries.py run|dev`.

Standard library only, since it runs before anything is installed. What is missing is installed with
apt-get where the user is root on Debian or Ubuntu; elsewhere the one command to type is printed.
`dev` asks for a virtual screen too.
"""

import ctypes
import os
import shutil
import subprocess
import sys

# What PySide6's wheels do not bring along, by the name the loader looks for, and its Debian package.
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libpulse.so.0": "libpulse0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
PROGRAMS = {"xvfb-run": "xvfb", "xauth": "xauth"}


def loads(soname: str) -> bool:
    """Whether the dynamic loader finds the library."""
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def missing(extra: str) -> list[str]:
    """Debian packages of what is not there, sorted."""
    packages = {package for soname, package in LIBRARIES.items() if not loads(soname)}
    if extra == "dev":
        packages |= {package for program, package in PROGRAMS.items() if shutil.which(program) is None}
    return sorted(packages)


def install(packages: list[str]) -> bool:
    """Install with apt-get; whether it worked."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
    )
    print("Installing system libraries:", " ".join(packages), file=sys.stderr)
    return all(
        subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode == 0
        for command in commands
    )


def main(extra: str) -> int:
    """0 when everything is there or could be installed; 1 after printing the command to type."""
    if sys.platform != "linux":
        return 0
    packages = missing(extra)
    if not packages:
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get") and install(packages) and not missing(extra):
        return 0
    print("Qt needs system libraries that are missing. On Debian or Ubuntu, type:", file=sys.stderr)
    print("  sudo apt-get update && sudo apt-get install -y", " ".join(packages), file=sys.stderr)
    print("then try again. On other systems, install the packages of the same libraries.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))

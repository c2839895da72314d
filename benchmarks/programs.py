"""The Node programs: installed once into the data folder, run from a copy beside them."""

import hashlib
import shutil
from pathlib import Path

from app.core.graphiql import make_once, run_npm

SOURCES = Path(__file__).resolve().parent / "peers"

_PACKAGES = ("package.json", ".npmrc")


def install(data_dir: Path, folder: Path) -> Path:
    """A folder below `folder` with the programs and their packages, which npm installs once."""
    digest = hashlib.sha256()
    for name in _PACKAGES:
        digest.update((SOURCES / name).read_bytes())
    target = data_dir / "benchmarks" / digest.hexdigest()[:16]
    make_once(target, _packages)
    programs = folder / "peers"
    programs.mkdir()
    for source in SOURCES.glob("*.*"):
        shutil.copy(source, programs)
    (programs / "node_modules").symlink_to(target / "node_modules")
    return programs


def _packages(scratch: Path) -> Path:
    made = scratch / "peers"
    made.mkdir()
    for name in _PACKAGES:
        shutil.copy(SOURCES / name, made)
    run_npm(["install"], cwd=made)
    return made


def node(programs: Path) -> str:
    """The Node.js that came with the packages; where there is none for the machine, its own."""
    found = sorted(programs.glob("node_modules/node-*/bin/node"))
    return str(found[0]) if found else "node"

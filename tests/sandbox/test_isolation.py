"""What a program may not reach, and what the process around it has given up."""

import json
import os
import socket
import subprocess
import sys
from itertools import takewhile
from pathlib import Path
from tempfile import gettempdir

import pytest

from workers.sandbox.pool import Sandbox
from workers.sandbox.process import Process
from workers.sandbox.program import Program, Status

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("open('/proc/self/environ').read()", "FileNotFoundError"),
        ("open('/etc/passwd').read()", "FileNotFoundError"),
        ("open('../../../../etc/passwd').read()", "FileNotFoundError"),
        ("open('made', 'w').write('x')", "FileNotFoundError"),
        ("open('/tmp/made', 'w').write('x')", "FileNotFoundError"),
        ("print(os.listdir('/'))", "FileNotFoundError"),
        ("print(os.listdir('.'))", "FileNotFoundError"),
        ("open(3).read()", "OSError"),
        ("import tempfile; tempfile.TemporaryFile()", "FileNotFoundError"),
        ("os.fork()", "AttributeError"),
        ("os.kill(1, 9)", "AttributeError"),
        ("os.system('id')", "AttributeError"),
        ("os.execv('/bin/sh', ['sh'])", "Error"),
        ("import subprocess; subprocess.run(['id'])", "OSError"),
        ("import threading; threading.Thread(target=print).start()", "RuntimeError"),
        ("import multiprocessing; multiprocessing.Process().start()", "Error"),
        ("import socket; socket.socket().connect(('127.0.0.1', PORT))", "Error"),
        ("import socket; socket.create_connection(('127.0.0.1', PORT))", "gaierror"),
        ("import socket; socket.getaddrinfo('localhost', PORT)", "gaierror"),
        ("import urllib.request; urllib.request.urlopen('http://127.0.0.1:PORT')", "Error"),
        ("import ctypes; ctypes.CDLL(None)", "ModuleNotFoundError"),
        ("import js; js.process.env", "ModuleNotFoundError"),
        ("import pyodide_js", "ModuleNotFoundError"),
        ("import mmap; mmap.mmap(-1, 4096)", "ModuleNotFoundError"),
    ],
)
async def test_it_reaches_nothing(sandbox: Sandbox, source: str, error: str):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        source = source.replace("PORT", str(server.getsockname()[1]))
        outcome = await sandbox.run(Program(f"import os\n{source}\nprint('reached')"))
        with pytest.raises(BlockingIOError):
            server.accept()
    assert (outcome.status, outcome.stdout) == (Status.FAILED, "")
    assert error in outcome.stderr.splitlines()[-1]


async def test_it_knows_nothing_of_the_application(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
):
    source = "import os, sys\nprint(dict(os.environ), sys.argv, os.getcwd(), sys.path, sys.flags)"
    monkeypatch.setenv("LYCEUM_SECRET", "a secret that must not be seen")
    outcome = await sandbox.run(Program(source))
    assert outcome.stdout.startswith("{} ['main.py'] / ['/python', '/world', ")
    assert "secret" not in outcome.stdout
    modules = await sandbox.run(Program("import sys; print(*sys.modules)"))
    assert not {"app", "workers", "wasmtime", "sqlalchemy"} & set(modules.stdout.split())


async def test_its_process_has_nothing_either(interpreter: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LYCEUM_SECRET", "a secret that must not be seen")
    process = await Process.start(interpreter)
    try:
        proc = Path(f"/proc/{process.pid}")
        status = dict(
            line.split(":\t", 1)
            for line in (proc / "status").read_text().splitlines()
            if ":\t" in line
        )
        assert (status["Seccomp"], status["NoNewPrivs"]) == ("2", "1")
        assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
        if os.geteuid() == 0:
            # Nobody else may look at these.
            assert status["Uid"].split() == status["Gid"].split() == ["65534"] * 4
            assert (proc / "environ").read_bytes() == b""
            opened = {str(file.readlink()).split(":")[0] for file in (proc / "fd").iterdir()}
            assert opened == {
                "/dev/null",
                "pipe",
                f"/proc/{process.pid}/statm",
                str(interpreter),
                "anon_inode",
            }
            for name in ("net", "ipc", "uts", "mnt"):
                assert (proc / "ns" / name).readlink() != Path("/proc/self/ns", name).readlink()
            assert list((proc / "root").iterdir()) == []
        assert (proc / "oom_score_adj").read_text() == "1000\n"
        for task in (proc / "task").iterdir():
            assert "Seccomp:\t2\n" in (task / "status").read_text()
    finally:
        await process.kill()


# What native code could do that has got out of the interpreter: run without it, in the same jail.
ESCAPED = """
import ctypes, json, mmap, os, signal, socket, subprocess, sys
sys.path.insert(0, {root!r})
from itertools import takewhile
from pathlib import Path
from tempfile import gettempdir
from workers.sandbox import jail, seccomp
{before}
missing = jail.separate()
missing += jail.lock(Path({empty!r}))
done = dict()
def attempt(name, call):
    try:
        done[name] = repr(call())
    except BaseException as error:
        done[name] = type(error).__name__
attempt("read", lambda: os.open("/etc/passwd", os.O_RDONLY))
attempt("read itself", lambda: os.open("/proc/self/environ", os.O_RDONLY))
attempt("write", lambda: os.open("made", os.O_CREAT | os.O_WRONLY))
attempt("list", lambda: os.listdir("/"))
attempt("socket", lambda: socket.socket())
attempt("fork", lambda: os.fork())
attempt("execute", lambda: os.execv("/bin/true", ["true"]))
attempt("kill", lambda: os.kill(1, 0))
attempt("kill its group", lambda: os.killpg(0, 0))
attempt("become root", lambda: os.setuid(0))
attempt("executable memory", lambda: mmap.mmap(-1, 4096, prot=7))
OWN = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
attempt("a gigabyte", lambda: len(mmap.mmap(-1, 2**30, flags=OWN)))
attempt("a pipe", lambda: os.pipe())
attempt("trace", lambda: ctypes.CDLL(None, use_errno=True).ptrace(0, 0, 0, 0))
os.write(1, json.dumps([missing, done]).encode())
os._exit(0)
"""


def escaped(tmp_path: Path, before: str = "") -> tuple[list[str], dict[str, str]]:
    source = ESCAPED.format(root=str(ROOT), empty=str(tmp_path), before=before)
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", source], capture_output=True, timeout=60, check=True
    )
    missing, attempts = json.loads(done.stdout)
    return missing, attempts


REFUSED = {
    "read": "PermissionError",
    "read itself": "PermissionError",
    "write": "PermissionError",
    "list": "PermissionError",
    "socket": "PermissionError",
    "fork": "PermissionError",
    "execute": "PermissionError",
    "kill": "PermissionError",
    "kill its group": "PermissionError",
    "become root": "PermissionError",
    "executable memory": "PermissionError",
    "a gigabyte": "OSError",
    "a pipe": "PermissionError",
    "trace": "-1",
}

ORDINARY = """
# As a service starts: no rights, and its own files in /proc are its own.
os.setgroups([]); os.setresgid(1234, 1234, 1234); os.setresuid(1234, 1234, 1234)
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
"""

NO_FILTER = """
def install():
    raise OSError("this kernel has none")
seccomp.install = install
"""


def test_code_that_escapes_finds_nothing_to_use(tmp_path: Path):
    assert escaped(tmp_path) == ([], REFUSED)


@pytest.mark.skipif(os.geteuid() != 0, reason="is an ordinary user already")
def test_an_ordinary_users_process_is_locked_as_well(tmp_path: Path):
    tmp_path.chmod(0o777)
    for parent in takewhile(Path(gettempdir()).__ne__, tmp_path.parents):
        parent.chmod(0o755)
    assert escaped(tmp_path, ORDINARY) == ([], REFUSED)


def test_a_layer_that_is_missing_is_told(tmp_path: Path):
    missing, attempts = escaped(tmp_path, NO_FILTER)
    assert missing == ["a filter of system calls (this kernel has none)"]
    # The others hold on their own.
    assert attempts["read"] == attempts["read itself"] == "OSError"
    assert attempts["socket"] == attempts["a pipe"] == "OSError"
    assert attempts["fork"] == "BlockingIOError"
    assert attempts["execute"] == "PermissionError"
    assert attempts["become root"] == "PermissionError"
    assert list(tmp_path.iterdir()) == []

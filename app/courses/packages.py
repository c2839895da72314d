"""What programs of coding exercises can import: modules of Python's standard library.

The sandbox has no files, so that there is what it was built with. A test compares the two.
"""

from typing import Final

MODULES: Final = frozenset(
    """
    abc argparse array ast base64 bisect calendar cmath collections colorsys contextlib
    copy copyreg csv dataclasses datetime decimal difflib dis doctest encodings enum errno fnmatch
    fractions functools gc getopt graphlib hashlib heapq hmac html inspect io ipaddress itertools
    json keyword linecache locale logging math numbers operator os pathlib pickle platform pprint
    queue random re reprlib secrets shlex signal stat statistics string stringprep struct sys
    tempfile textwrap threading time timeit token tokenize tomllib traceback types typing
    unicodedata unittest urllib uuid warnings weakref xml zlib
    """.split()  # noqa: SIM905
)

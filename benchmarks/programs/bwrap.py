import subprocess
import sys
import time

from clock import CODE, each, numbers, sustained

SHOWN = [sys.prefix, sys.base_prefix]
COMMAND = [
    *("bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
    *(
        "--ro-bind",
        "/usr",
        "/usr",
        "--symlink",
        "usr/lib",
        "/lib",
        "--symlink",
        "usr/lib64",
        "/lib64",
    ),
    *("--symlink", "usr/bin", "/bin", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),
    *(word for path in SHOWN for word in ("--ro-bind", path, path)),
    *("--clearenv", sys.executable, "-c", CODE),
]


def call() -> None:
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=True)
    assert done.stdout == "Hello\n"


match numbers():
    case [calls]:
        each(call, calls, between=lambda: time.sleep(0.1))
    case [calls, callers]:
        sustained(call, calls, callers)

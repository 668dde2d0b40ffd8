import os
import subprocess
import sys
import time
from pathlib import Path

from clock import address, each

what, calls, pid_file = sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])
CONFIG = pid_file.parent / "config"
ENVIRONMENT = {
    **os.environ,
    "HOME": str(CONFIG),
    "CONTAINERS_CONF": str(CONFIG / "containers.conf"),
    "CONTAINERS_STORAGE_CONF": str(CONFIG / "storage.conf"),
    "INSIDE": "yes",
}
# The same limits as the runtime's, but for the disk's: this command line has none.
LIMITED = (
    *("--network", "none", "--memory", "512m", "--memory-swap", "512m", "--cpus", "1"),
    *("--pids-limit", "256", "--cap-drop", "all", "--security-opt", "no-new-privileges"),
)

if "INSIDE" not in os.environ:
    from cognitora import Cognitora

    with Cognitora("key", address()) as client:  # so the image is there
        assert client.containers.run_and_wait("busybox", ["true"], 1.0, 512, 5).ok
    namespace = f"--mount=/proc/{pid_file.read_text()}/ns/mnt"
    command = ["nsenter", namespace, sys.executable, __file__, *sys.argv[1:]]
    os.execvpe("nsenter", command, ENVIRONMENT)


def podman(*arguments: str) -> str:
    done = subprocess.run(["podman", *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


listed = podman("images", "--format", "{{.ID}} {{.Repository}}").splitlines()
IMAGE = next(line.split()[0] for line in listed if line.endswith("/busybox"))
RUN = ("run", "--rm", *LIMITED, IMAGE, "true")


def ten() -> None:
    processes = [subprocess.Popen(["podman", *RUN]) for _ in range(10)]
    assert [process.wait() for process in processes] == [0] * 10


if what == "run":
    each(lambda: podman(*RUN), calls, between=lambda: time.sleep(0.3))
elif what == "ten":
    each(ten, calls, between=lambda: time.sleep(3))
else:
    container = podman("run", "--detach", *LIMITED, IMAGE, "sleep", "1000")
    try:
        command = ["true"] if what == "exec" else ["echo", "x"]
        each(lambda: podman("exec", container, *command), calls, between=lambda: time.sleep(0.3))
    finally:
        podman("rm", "--force", "--time", "0", container)

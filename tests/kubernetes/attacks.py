"""What code in a pod tries, whose outcome it prints as JSON: `python3 -c` with it, or in a session.

`TARGETS` in its environment names what it tries to reach, and `NEIGHBOUR` is another sandbox's address.
"""

from __future__ import annotations

from cognitora_local.kubernetes.agent.messages import LENGTH
from cognitora_local.kubernetes.manifests import AGENT_PORT
from tests.security.conftest import PREFACE
from tests.security.containers.test_container_kernel import ATTEMPTS as IN_CONTAINERS
from tests.security.test_processes import ATTEMPTS as IN_SESSIONS
from tests.security.test_processes import CALL

LET = {
    "ptrace of the driver": "it is the code's own user; its kernel is lost, as by any other way",
    "ptrace of one's own child": "the container runtime's filter lets it",
}
"""What one machine refuses and a cluster doesn't, by its name there."""

KERNEL = {
    name: CALL + attempt
    for name, attempt in {**IN_CONTAINERS, **IN_SESSIONS}.items()
    if name not in LET
}

REACHED = """
import json, os, socket
from concurrent.futures import ThreadPoolExecutor

def reached(target):
    name, host, port = target
    try:
        socket.create_connection((host, port), 4).close()
    except ConnectionRefusedError:
        pass
    except OSError:
        return None
    return name

with ThreadPoolExecutor(32) as threads:
    targets = json.loads(os.environ["TARGETS"])
    reached = sorted(filter(None, threads.map(reached, targets)))
print(json.dumps(reached))
"""
"""Prints what of the targets is there."""

# Past all rules about streams, and from an address that is the neighbour's.
_NEIGHBOUR = """
neighbour = os.environ["NEIGHBOUR"]
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
    tried(plain.sendto, b"plain", (neighbour, 8001))

def pretend():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.setsockopt(socket.IPPROTO_IP, 15, 1)  # IP_FREEBIND
        other.bind((neighbour, 0))
        other.sendto(b"in its name", (json.loads(os.environ["TARGETS"])[0][1], 53))

def transparent():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.setsockopt(socket.IPPROTO_IP, 19, 1)  # IP_TRANSPARENT

told["in its name"] = tried(pretend)
told["transparent"] = tried(transparent)
told["asking who is there"] = tried(socket.socket, socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
"""

_AGENT = f"""
def said(head):
    head = json.dumps(head).encode()
    with socket.create_connection(("127.0.0.1", {AGENT_PORT}), 4) as agent:
        agent.settimeout(30)
        agent.sendall(len(head).to_bytes({LENGTH}, "big") + bytes({LENGTH}) + head)
        answer = b""
        while piece := agent.recv(4096):
            answer += piece
    return json.loads(answer[{2 * LENGTH}:]) if answer else None

odd = ("", None, True, "guessed", "\\ud800", [1])
asked = [{{"op": op, **more}} for op in ("tell", "image", "visit", "end", "open")
    for more in ({{}}, *({{"token": each, "term": 9}} for each in odd))]
try:
    told["the agent"] = sorted({{str(said(each)) for each in asked}})
except ConnectionRefusedError:  # there is none
    told["the agent"] = []

def taking_its_port(address):
    with socket.socket() as other:
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            other.setsockopt(socket.SOL_SOCKET, option, 1)
        other.bind((address, {AGENT_PORT}))
        other.listen()

told["its port"] = [tried(taking_its_port, each) for each in ("127.0.0.1", "0.0.0.0")]
"""

_FIRST_PROCESS = """
of = ("environ", "mem", "maps", "auxv", "pagemap", "syscall", "stack", "io", "root/etc/passwd", "cwd/x",
    "map_files/x", "task/1/mem", *(f"fd/{n}" for n in range(12)))
opened = {name: tried(open, f"/proc/1/{name}", "rb") for name in of}
opened["listing its files"] = tried(os.listdir, "/proc/1/fd")
opened["its name spaces"] = tried(os.readlink, "/proc/1/ns/net")
told["of the first process"] = sorted(name for name, outcome in opened.items() if outcome == "done")
"""

_SETTINGS = """
written = {path: tried(open, path, "a") for path in (
    "/proc/1/oom_score_adj", "/proc/1/uid_map",
    "/proc/sys/kernel/core_pattern", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv4/ip_nonlocal_bind",
    "/proc/sysrq-trigger", "/sys/kernel/uevent_helper", "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    "/sys/fs/cgroup/memory/release_agent", "/etc/hosts", "/etc/resolv.conf", "/etc/hostname", "/usr/x", "/x")}
told["written"] = sorted(path for path, outcome in written.items() if outcome == "done")
told["token of an account"] = os.path.lexists("/var/run/secrets/kubernetes.io")
users = {os.stat(f"/proc/{each}").st_uid for each in os.listdir("/proc") if each.isdigit()}
told["of others"] = len(users - {0, os.getuid()})
status = {}
for each in filter(str.isdigit, os.listdir("/proc")):
    lines = dict(line.split(":\\t", 1) for line in open(f"/proc/{each}/status") if ":\\t" in line)
    status[each] = [lines[name].strip() for name in ("CapPrm", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp")]
told["rights"] = sorted({" ".join(each) for each in status.values()})
"""

CODE = (
    PREFACE
    + REACHED.replace("print(json.dumps(reached))", "told = {'reached': reached}")
    + _NEIGHBOUR
    + _AGENT
    + _FIRST_PROCESS
    + _SETTINGS
    + "print(json.dumps(told))"
)

ALL_OF_THE_KERNEL = f"""
import json, subprocess, sys
def printed(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
print(json.dumps({{name: printed(attempt)
    for name, attempt in { ({n: PREFACE + a for n, a in KERNEL.items()})!r}.items()}}))
"""

NEIGHBOUR = """
import socket, threading
stream, datagrams = socket.create_server(("0.0.0.0", 8000)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind(("0.0.0.0", 8001))
heard = []
threading.Thread(target=lambda: [heard.append(stream.accept()[1]) for _ in iter(int, 1)], daemon=True).start()
threading.Thread(target=lambda: [heard.append(datagrams.recv(99)) for _ in iter(int, 1)], daemon=True).start()
"""
"""A sandbox that notes in `heard` whatever reaches it."""

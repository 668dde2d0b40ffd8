"""The system calls that a container may make, as engines read it: a seccomp profile of our own.

Engines have profiles of their own, which differ. Podman's lets code into new user namespaces, where
it has every capability, and to the keys of the machine's root. And none of them looks at what an
ioctl asks for: on btrfs anybody may make a subvolume, which no limit of the disk counts, and which
keeps its container from being removed; on XFS, take a file out of the project that is counted.

What isn't in here fails with EPERM, and what is newer than all of it with ENOSYS.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from errno import EAFNOSUPPORT, ENOSYS
from socket import AF_INET, AF_INET6, AF_NETLINK, AF_UNIX
from typing import Any

_ALLOWED = """
    accept accept4 access adjtimex alarm arch_prctl bind brk cacheflush capget capset chdir chmod
    chown chroot clock_adjtime clock_getres clock_gettime clock_nanosleep close close_range connect
    copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old
    epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit
    exit_group faccessat faccessat2 fadvise64 fallocate fchdir fchmod fchmodat fchmodat2 fchown
    fchownat fcntl fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstatfs
    fsync ftruncate futex futex_waitv futimesat get_robust_list get_thread_area getcpu getcwd
    getdents getdents64 getegid geteuid getgid getgroups getitimer getpeername getpgid getpgrp
    getpid getppid getpriority getrandom getresgid getresuid getrlimit getrusage getsid getsockname
    getsockopt gettid gettimeofday getuid getxattr inotify_add_watch inotify_init inotify_init1
    inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents io_submit ioprio_get ioprio_set
    kill landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lgetxattr link
    linkat listen listxattr llistxattr lremovexattr lseek lsetxattr lstat madvise membarrier
    memfd_create mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap mprotect
    mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink mremap msgctl msgget
    msgrcv msgsnd msync munlock munlockall munmap nanosleep newfstatat open openat openat2 pause
    pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll prctl
    pread64 preadv preadv2 prlimit64 process_vm_readv process_vm_writev pselect6 ptrace pwrite64
    pwritev pwritev2 read readahead readlink readlinkat readv recvfrom recvmmsg recvmsg
    remap_file_pages removexattr rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction
    rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
    rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr
    sched_getparam sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr
    sched_setparam sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop
    sendfile sendmmsg sendmsg sendto set_robust_list set_thread_area set_tid_address setfsgid
    setfsuid setgid setgroups setitimer setpgid setpriority setregid setresgid setresuid setreuid
    setrlimit setsid setsockopt setuid setxattr shmat shmctl shmdt shmget shutdown sigaltstack
    signalfd signalfd4 splice stat statfs statx symlink symlinkat sync sync_file_range syncfs
    sysinfo tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime timer_settime
    timerfd_create timerfd_gettime timerfd_settime times tkill truncate umask uname unlink unlinkat
    utime utimensat utimes vfork wait4 waitid write writev
""".split()

# Answered as an older kernel would: libraries then take the older way. clone3 takes its flags from
# memory, where a filter can't look; io_uring makes calls that no filter sees. All of a machine share
# 65,536 slots of asynchronous I/O (fs.aio-max-nr), and memfd_secret's pages can't be swapped or moved.
_UNKNOWN = (
    "clone3",
    "io_setup",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "memfd_secret",
)

_NEW_NAMESPACES = 0x7E020080  # CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET,TIME}
# Not netlink, by which libc lists addresses: what its sockets hold counts against no limit of memory.
_FAMILIES = (AF_UNIX, AF_INET, AF_INET6)
_PERSONALITIES = (0, 0xFFFFFFFF)  # the usual one; the question which it is
_INT = 0xFFFFFFFF  # the kernel looks at the lower half of an int's register alone

# The kind and the number of an ioctl, its lower 16 bits; what stands above is a direction and a size.
_IOCTL = 0xFFFF
_BTRFS = frozenset(range(0x9400, 0x9500)) - {0x9409, 0x940D, 0x9436}  # but FICLONE and its like
_FORBIDDEN_IOCTLS = _BTRFS | {0x5820, 0x5412, 0x541C}  # FS_IOC_FSSETXATTR, TIOCSTI, TIOCLINUX


def profile() -> str:
    """The profile, as JSON that Podman and Docker read.

    https://docs.docker.com/engine/security/seccomp/ says what its parts mean. Without a word about
    architectures it is for the machine's own: programs for another one (32-bit) are killed.
    """
    rules = [
        _rule(_ALLOWED),
        _refusal(_UNKNOWN, ENOSYS),
        _rule(("clone", "unshare"), args=_is(0, _NEW_NAMESPACES, 0)),
        *(_rule(("socket", "socketpair"), args=_is(0, _INT, family)) for family in _FAMILIES),
        _refusal(("socket",), EAFNOSUPPORT, args=_is(0, _INT, AF_NETLINK)),
        *(_rule(("personality",), args=_is(0, _INT, usual)) for usual in _PERSONALITIES),
        *(_rule(("ioctl",), args=_is(1, mask, kept)) for mask, kept in _others(_FORBIDDEN_IOCTLS)),
    ]
    return json.dumps({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": rules})


def _rule(names: Iterable[str], **more: Any) -> dict[str, Any]:
    return {"names": list(names), "action": "SCMP_ACT_ALLOW", **more}


def _refusal(names: Iterable[str], error: int, **more: Any) -> dict[str, Any]:
    return _rule(names, action="SCMP_ACT_ERRNO", errnoRet=error, **more)


def _is(index: int, mask: int, value: int) -> list[dict[str, Any]]:
    """That an argument is `value` where `mask` has ones."""
    return [{"index": index, "op": "SCMP_CMP_MASKED_EQ", "value": mask, "valueTwo": value}]


def _others(
    forbidden: frozenset[int], value: int = 0, mask: int = 0, bit: int = (_IOCTL + 1) >> 1
) -> Iterator[tuple[int, int]]:
    """Masks and values by which every ioctl is found but the forbidden ones.

    A rule can only let through, and only look at some bits of an argument: so what is left over by
    what is forbidden is halved, bit by bit, until nothing forbidden is in it.
    """
    if not forbidden:
        yield mask, value
    elif bit:
        for half in (0, bit):
            inside = frozenset(each for each in forbidden if each & bit == half)
            yield from _others(inside, value | half, mask | bit, bit >> 1)

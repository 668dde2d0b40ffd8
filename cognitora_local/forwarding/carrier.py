"""Connections that are carried from one network to another.

What is said goes from one socket to the other by splice(2), through a pipe of the kernel's, and isn't
copied here.
"""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import select
import socket
import struct
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

MOST = 256  # connections at a time; the next wait to be accepted
_FILES = 6  # that each has open
_OTHER_FILES = 256
_PIPE_BYTES = 2**18
_BUFFER_BYTES = 2**19  # else each of the kernel's may grow to several MiB
_ROUNDS = 16  # after which another connection has its turn
_CHANGES = select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET

Target = tuple[socket.AddressFamily, str, int]


class Flow:
    """One direction of a connection."""

    def __init__(self, source: socket.socket, target: socket.socket) -> None:
        self.source, self.ended, self.held = source, False, 0
        self._target = target
        self._out, self._in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        with suppress(OSError):  # this user has as many large pipes as it may
            fcntl.fcntl(self._in, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        self._over = False

    def go(self) -> bool:
        """Carries what is there, for a while; whether there may be more. Raises OSError."""
        rounds = _ROUNDS
        while rounds and self._give() and self._take():
            rounds -= 1
        return not rounds

    def close(self) -> None:
        os.close(self._in)
        os.close(self._out)

    def _take(self) -> bool:
        try:
            self.held = _splice(self.source.fileno(), self._in, _PIPE_BYTES)
        except BlockingIOError:
            return False
        self._over = self.held == 0
        return True

    def _give(self) -> bool:
        try:
            while self.held:
                self.held -= _splice(self._out, self._target.fileno(), self.held)
        except BlockingIOError:
            return False
        if self._over and not self.ended:
            self.ended = True
            self._target.shutdown(socket.SHUT_WR)
        return not self.ended


class Connection:
    """A connection, and the one in the other network that it is carried to: the first that can be made."""

    def __init__(self, program: Carrier, client: socket.socket, targets: Iterable[Target]) -> None:
        self._program = program
        self._client = client
        self._left = list(targets)
        self._server: socket.socket | None = None
        self._flows: tuple[Flow, ...] = ()

    def begin(self) -> None:
        self._program.watch(_prepared(self._client), partial(self._changed, self._client))
        self._try_next()

    def go(self, end: socket.socket | None = None) -> None:
        """Carries what is there, both ways; of a change at one end, what that is good for."""
        if not self._flows:
            return
        try:
            for flow in self._flows:
                if (end in (None, flow.source) or flow.held) and flow.go():
                    self._program.again(self)
            if all(flow.ended for flow in self._flows):
                self.close()
        except OSError:
            self.abort()

    def abort(self) -> None:
        """Ends it so that both ends see that it was broken off."""
        for end in filter(None, (self._client, self._server)):
            self._program.forget(end)
            refuse(end)
        self._end()

    def close(self) -> None:
        for end in filter(None, (self._client, self._server)):
            self._program.forget(end)
            end.close()
        self._end()

    def _end(self) -> None:
        for flow in self._flows:
            flow.close()
        self._flows = ()
        self._program.closed(self)

    def _try_next(self) -> None:
        if not self._left:
            self.abort()
            return
        family, address, port = self._left.pop(0)
        try:
            self._server = _prepared(socket.socket(family, socket.SOCK_STREAM))
        except OSError:  # no IPv6 here, or no more files
            self._try_next()
            return
        if self._server.connect_ex((address, port)) in (0, errno.EINPROGRESS):
            self._program.watch(self._server, self._connecting)
        else:
            self._refused()

    def _refused(self) -> None:
        if self._server is not None:
            self._program.forget(self._server)
            self._server.close()
            self._server = None
        self._try_next()

    def _connecting(self, events: int) -> None:
        assert self._server is not None
        if self._server.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._refused()
        elif events & select.EPOLLOUT:
            self._program.watch(self._server, partial(self._changed, self._server))
            try:
                there = Flow(self._client, self._server)
                self._flows = (there,)
                self._flows = (there, Flow(self._server, self._client))
            except OSError:  # this machine has no more files, or this user
                self.abort()
            else:
                self.go()

    def _changed(self, end: socket.socket, events: int) -> None:
        if events & select.EPOLLERR and end.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.abort()
        else:
            self.go(end)


class Carrier:
    """All connections of one sandbox that one program carries."""

    def __init__(self) -> None:
        self.connections: dict[Connection, None] = {}
        self._epoll = select.epoll()
        self._handlers: dict[int, Callable[[int], None]] = {}
        self._new: set[int] = set()  # files that are watched since events were last asked for
        self._accepting: dict[socket.socket, Callable[[socket.socket], Connection | None]] = {}
        self._again: dict[Connection, None] = {}
        self._most = min(MOST, (_files() - _OTHER_FILES) // _FILES)
        self._full = False
        self._over = False

    def run(self) -> None:
        """Goes on until `stop`."""
        while not self._over:
            events_of = self._epoll.poll(0 if self._again else self.wait_seconds())
            self._new.clear()
            for file, events in events_of:
                self.heed()
                if file in self._new:  # the event is of one that had its number before
                    continue
                if handler := self._handlers.get(file):
                    handler(events)
            again, self._again = self._again, {}
            for connection in again:
                connection.go()

    def stop(self) -> None:
        self._over = True

    def heed(self) -> None:
        """Called before each thing that is done."""

    def wait_seconds(self) -> float | None:
        """How long nothing is to be done unless something changes; None: for ever."""
        return None

    def watch(self, end: socket.socket, handler: Callable[[int], None]) -> None:
        """Calls `handler` at each change of a socket from now on; once for what it is now."""
        file = end.fileno()
        if file in self._handlers:
            self._epoll.modify(file, _CHANGES)
        else:
            self._epoll.register(file, _CHANGES)
            self._new.add(file)
        self._handlers[file] = handler

    def forget(self, end: socket.socket) -> None:
        if self._handlers.pop(end.fileno(), None) is not None:
            self._epoll.unregister(end.fileno())

    def listen(
        self, listener: socket.socket, made: Callable[[socket.socket], Connection | None]
    ) -> None:
        """Accepts from now on; `made` says what becomes of who comes: None, when he was refused."""
        self._accepting[_prepared(listener)] = made
        self.watch(listener, lambda _: self._accept(listener))

    def accept(self) -> None:
        """Takes up all who have come until now."""
        for listener in list(self._accepting):
            self._accept(listener)

    def listen_no_more(self, listener: socket.socket) -> None:
        del self._accepting[listener]
        self.forget(listener)
        listener.close()

    def again(self, connection: Connection) -> None:
        self._again[connection] = None

    def closed(self, connection: Connection) -> None:
        """It has ended: another that has waited for it may come in."""
        self._again.pop(connection, None)
        self.connections.pop(connection, None)
        if self._full:
            self._full = False
            for listener in self._accepting:
                self._epoll.modify(listener.fileno(), _CHANGES)

    def _accept(self, listener: socket.socket) -> None:
        while not self._full:
            try:
                client, _ = listener.accept()
            except (BlockingIOError, ConnectionError):
                return
            except OSError:  # no more files
                self._full = True
                return
            if connection := self._accepting[listener](client):
                self.connections[connection] = None
                self._full = len(self.connections) >= self._most
                connection.begin()


def refuse(client: socket.socket) -> None:
    """Closes a connection so that it is seen to be broken off."""
    with suppress(OSError):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def _prepared(end: socket.socket) -> socket.socket:
    """One that never blocks, sends at once, and holds no more than its share."""
    end.setblocking(False)
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
    return end


def _splice(source: int, target: int, count: int) -> int:
    return os.splice(source, target, count, flags=os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK)


def _files() -> int:
    """How many it may have open: as many as it is let."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return MOST * _FILES + _OTHER_FILES if most == resource.RLIM_INFINITY else most

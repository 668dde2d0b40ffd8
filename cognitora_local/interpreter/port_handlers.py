"""The operations on the ports of sessions, by their names in the contract."""

from __future__ import annotations

from starlette.responses import Response

from ..http import ports
from ..http.requests import Call
from .sessions import Sessions


class SessionPortHandlers:
    """Lets this machine's programs reach what listens in a session, whatever else goes on there."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def expose_session_port(self, call: Call) -> Response:
        session = await self._sessions.find(call.path["session_id"])
        return await ports.expose((await session.kernel()).ports, call.query["port"])

    async def list_session_ports(self, call: Call) -> Response:
        session = await self._sessions.find(call.path["session_id"])
        return ports.exposed(session.ports)

    async def unexpose_session_port(self, call: Call) -> Response:
        session = await self._sessions.find(call.path["session_id"])
        return await ports.unexpose(session.ports, call.query["port"])

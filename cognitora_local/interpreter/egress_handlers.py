"""The operations on what sessions may reach, by their names in the contract."""

from __future__ import annotations

from starlette.responses import Response

from ..http import egress
from ..http.request_limits import egress_of
from ..http.requests import Call
from .sessions import Sessions


class SessionEgressHandlers:
    """Says and changes what of the outside the code of a session may reach."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def get_session_egress(self, call: Call) -> Response:
        session = await self._sessions.find(call.path["session_id"])
        return egress.status(session.egress, await session.refused())

    async def set_session_egress(self, call: Call) -> Response:
        session = await self._sessions.find(call.path["session_id"])
        rules = egress_of(call.body, networking=session.networking)
        assert rules is not None
        await session.set_egress(rules)
        return egress.status(session.egress, await session.refused())

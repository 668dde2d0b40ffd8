"""At most once: the first call with an idempotency key does the work, the others get its answer.

A key is kept from the moment the work begins, for 24 hours, and outlives the runtime. A call that
was refused before leaves its key free.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from ..store.idempotency import Claim, IdempotencyKeys, KeyTaken, StoredKey
from .disconnect import cancel_on_disconnect
from .errors import ApiError
from .peers import InProgress
from .requests import Call, Handler
from .responses import write_json

REPLAYED = "X-Cognitora-Replayed"
"""The header of an answer that was given before."""

GRACE_SECONDS = 10.0
"""How long the work of a key goes on after its caller went away, unless the key comes back."""

ANSWERED_AT_ONCE = ("create_session",)
"""Operations whose answer is kept together with the record of what they have made."""

Replay = Callable[[Call, str], Coroutine[Any, Any, Response]]
"""Makes the answer to a call anew, from the record of the execution with this id."""


class Idempotency:
    """Calls the handlers of operations that take an idempotency key.

    Args:
        keys: where they are kept.
        replays: what makes the answers of executions that keys belong to, by operationId.
    """

    def __init__(self, keys: IdempotencyKeys, replays: Mapping[str, Replay]) -> None:
        self._keys = keys
        self._replays = replays
        self._claims: dict[str, Claim] = {}  # whose work isn't done yet

    async def respond(
        self, operation_id: str, call: Call, key: str | None, handler: Handler
    ) -> Response:
        """The handler's answer, now or from before. Without a key it is simply called.

        Raises:
            ApiError: 422, when the key belongs to another call; 409, when its work isn't done yet.
        """
        receive = call.request.receive
        if key is None:
            return await cancel_on_disconnect(receive, handler(call), lambda: 0.0)
        fingerprint = await fingerprint_of(call)
        recorded = operation_id in self._replays or operation_id in ANSWERED_AT_ONCE
        claim = Claim(key, fingerprint, time.monotonic())
        try:
            known = await self._keys.claim(claim, recorded=recorded)
        except BaseException:
            self._keys.free(claim)
            raise
        # Looked at last: whoever has the key since then has claimed it, and still works.
        if other := self._claims.get(key):
            if known is None:
                self._keys.free(claim)  # the other's work has just given it up
            check_same(fingerprint, other.fingerprint)
            other.seen = time.monotonic()
            raise InProgress
        if known is not None:
            check_same(fingerprint, known.fingerprint)
            if not known.answered:
                raise outcome_unknown() if known.lost else InProgress(known.gateway)
            return await self._again(operation_id, call, known)
        self._claims[key] = claim
        return await cancel_on_disconnect(
            receive, self._work(call, claim, handler), lambda: grace(claim)
        )

    async def _work(self, call: Call, claim: Claim, handler: Handler) -> Response:
        answered = False
        try:
            response = await handler(replace(call, claim=claim))
            if claim.running is None and not claim.kept:
                await self._keys.keep_response(
                    claim.key, claim.fingerprint, response.status_code, bytes(response.body)
                )
            answered = True
        except KeyTaken as error:
            raise InProgress from error
        finally:
            if claim.running is None or claim.running.done():
                self._release(claim, refused=not answered)
            else:  # its answer is a stream
                claim.running.add_done_callback(
                    lambda done: self._release(
                        claim, refused=done.cancelled() or done.exception() is not None
                    )
                )
        return response

    def _release(self, claim: Claim, *, refused: bool = False) -> None:
        del self._claims[claim.key]
        if refused:
            self._keys.free(claim)  # unless something was begun for it

    async def _again(self, operation_id: str, call: Call, known: StoredKey) -> Response:
        if known.execution_id is None or known.body:
            response = Response(known.body, known.status, media_type="application/json")
        else:
            # The call's path is part of its fingerprint, so it is of the same operation.
            try:
                response = await self._replays[operation_id](call, known.execution_id)
            except InProgress as error:
                raise InProgress(known.gateway) from error
        response.headers[REPLAYED] = "true"
        return response


async def fingerprint_of(call: Call) -> bytes:
    """The same for two calls that ask for the same, however their JSON is written."""
    found = hashlib.sha256(f"{call.request.method} {call.request.scope['path']}\n".encode())
    await write_json(in_order(call.body), found.update)
    return found.digest()


def in_order(value: Any) -> Any:
    """The same value, with the entries of its objects in the order of their names."""
    if isinstance(value, dict):
        return {name: in_order(value[name]) for name in sorted(value)}
    return [in_order(each) for each in value] if isinstance(value, list) else value


def check_same(given: bytes, known: bytes) -> None:
    if given != known:
        message = (
            "This Idempotency-Key was used for another call within the last 24 hours. "
            "Send a new key with each new call, and the same one only with a retry."
        )
        raise ApiError(422, "idempotency_mismatch", message)


def outcome_unknown() -> ApiError:
    message = (
        "The gateway that worked for this Idempotency-Key was lost, and whether it has done so isn't known. "
        "Look, and send a new key if it hasn't."
    )
    return ApiError(503, "outcome_unknown", message)


def grace(claim: Claim) -> float:
    """Seconds that a claim's work may still go on without its caller."""
    if claim.streamed:
        return 0.0
    return claim.seen + GRACE_SECONDS - time.monotonic()

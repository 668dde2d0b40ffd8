"""What a cluster's refusal of a pod means to whom it was for."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cognitora_local.kubernetes.cluster import ClusterError
from cognitora_local.kubernetes.room import is_wanting, quantity, refusal
from cognitora_local.sandbox import NoRoom, SandboxError, Unsupported

POD = 'pods "cognitora-x" is forbidden: '
ASKED = f"{POD}exceeded quota: theirs, requested: limits.memory={{}},pods=1, "


def refused(said: str, status: int = 403) -> SandboxError:
    return refusal(ClusterError(f"the API server doesn't let it ({said})", status, said))


def test_a_quota_that_is_used_up_is_told_without_what_others_have() -> None:
    said = (
        ASKED.format("512Mi") + "used: limits.memory=2Gi,pods=3, limited: limits.memory=2Gi,pods=4"
    )
    error = refused(said)
    assert isinstance(error, NoRoom)
    assert "limits.memory (512Mi more, of 2Gi), pods (1 more, of 4)" in str(error)
    assert "theirs" not in str(error)
    assert "used:" not in str(error)


@pytest.mark.parametrize(
    ("said", "status", "kind", "told"),
    [
        (
            ASKED.format("4Gi") + "used: limits.memory=0,pods=0, limited: limits.memory=2Gi,pods=4",
            403,
            Unsupported,
            "never has so much",
        ),
        (
            f"{POD}[maximum memory usage per Container is 1Gi, but limit is 2Gi, "
            "cpu max limit to request ratio per Container is 2, but provided ratio is 10.000000]",
            403,
            Unsupported,
            "maximum memory usage per Container is 1Gi, but limit is 2Gi.",
        ),
        (
            f"{POD}status unknown for quota: theirs, resources: pods",
            403,
            NoRoom,
            "in a moment",
        ),
        ("too many requests", 429, NoRoom, "in a moment"),
        (
            f'{POD}violates PodSecurity "restricted:latest": seccompProfile',
            403,
            SandboxError,
            'violates PodSecurity "restricted:latest"',
        ),
        (
            'admission webhook "w" denied the request: no',
            400,
            SandboxError,
            "denied the request: no",
        ),
    ],
)
def test_what_is_for_a_while_is_told_from_what_is_for_good(
    said: str, status: int, kind: type[SandboxError], told: str
) -> None:
    error = refused(said, status)
    assert type(error) is kind
    assert told in str(error)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(
            ("100m", "0.1"),
            ("1.5", "1.5"),
            ("2e3", "2000"),
            ("512Mi", str(512 * 2**20)),
            ("1k", "1000"),
        ),
        *(("3Gi", str(3 * 2**30)), ("0", "0"), ("5E", "5e18"), ("7n", "7e-9")),
    ],
)
def test_quantities_are_numbers(text: str, number: str) -> None:
    assert quantity(text) == Decimal(number)


@pytest.mark.parametrize(
    ("why", "wanting"),
    [
        ("0/3 nodes are available: 1 node(s) had taint {a: }, 2 Insufficient memory.", True),
        ("0/3 nodes are available: 3 Too many pods.", True),
        ("0/3 nodes are available: 3 node(s) didn't match node selector.", False),
    ],
)
def test_pods_that_no_node_is_for_want_no_room(why: str, wanting: bool) -> None:
    assert is_wanting(why) is wanting

"""What those are answered who can't have a container, or what they want of one."""

from __future__ import annotations

from ..engine import UnlimitedDisk
from ..http.errors import ApiError, bad_request, too_many, unavailable
from ..store.models import ContainerRecord

RETRY_SECONDS = 5  # after which a caller may ask again for a container that there was no room for


def no_room(most: int) -> ApiError:
    message = f"No more containers than {most} are taken here at a time."
    advice = "Cancel one, or wait for one to end."
    return too_many("too_many_containers", f"{message} {advice}", seconds=RETRY_SECONDS)


def unlimited_disk() -> ApiError:
    message = f"`storageGb` can't be kept here. {UnlimitedDisk()}"
    advice = "Or leave `storageGb` out: the container's disk is then not limited."
    return bad_request(f"{message} {advice}", "no_storage_limit")


def not_running(record: ContainerRecord) -> ApiError:
    reason = f" {record.reason}" if record.reason else ""
    message = f"Container {record.id} doesn't run: it is {record.status}.{reason}"
    return ApiError(409, "container_not_running", f"{message} Create another.")


def starting(record: ContainerRecord) -> ApiError:
    message = f"Container {record.id} hasn't begun yet: its image may still be on its way."
    return unavailable("container_starting", f"{message} So this wasn't done. Ask again.")

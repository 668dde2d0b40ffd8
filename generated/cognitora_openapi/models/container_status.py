from typing import Literal

ContainerStatus = Literal["CANCELLED", "COMPLETED", "FAILED", "PENDING", "RUNNING", "TIMEOUT"]

CONTAINER_STATUS_VALUES: set[ContainerStatus] = {
    "CANCELLED",
    "COMPLETED",
    "FAILED",
    "PENDING",
    "RUNNING",
    "TIMEOUT",
}


def check_container_status(value: str) -> ContainerStatus:
    if value in CONTAINER_STATUS_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CONTAINER_STATUS_VALUES!r}")

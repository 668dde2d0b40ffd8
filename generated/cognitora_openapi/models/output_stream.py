from typing import Literal

OutputStream = Literal["stderr", "stdout"]

OUTPUT_STREAM_VALUES: set[OutputStream] = {
    "stderr",
    "stdout",
}


def check_output_stream(value: str) -> OutputStream:
    if value in OUTPUT_STREAM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {OUTPUT_STREAM_VALUES!r}")

from typing import Literal

OutputType = Literal["display_data", "error", "execution_result", "stderr", "stdout"]

OUTPUT_TYPE_VALUES: set[OutputType] = {
    "display_data",
    "error",
    "execution_result",
    "stderr",
    "stdout",
}


def check_output_type(value: str) -> OutputType:
    if value in OUTPUT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {OUTPUT_TYPE_VALUES!r}")

from typing import Literal

OutputType = Literal[
    "clear_output",
    "display_data",
    "error",
    "execution_result",
    "stderr",
    "stdout",
    "update_display_data",
]

OUTPUT_TYPE_VALUES: set[OutputType] = {
    "clear_output",
    "display_data",
    "error",
    "execution_result",
    "stderr",
    "stdout",
    "update_display_data",
}


def check_output_type(value: str) -> OutputType:
    if value in OUTPUT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {OUTPUT_TYPE_VALUES!r}")

from typing import Literal

FileEncoding = Literal["base64", "string"]

FILE_ENCODING_VALUES: set[FileEncoding] = {
    "base64",
    "string",
}


def check_file_encoding(value: str) -> FileEncoding:
    if value in FILE_ENCODING_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {FILE_ENCODING_VALUES!r}")

"""What a file system says, as callers are told of it."""

from __future__ import annotations

import errno
import os

import pytest

from cognitora_local.filesystem.errors import (
    ArchiveRefused,
    FilesystemError,
    FilesystemGone,
    NotPermitted,
    UnknownUser,
)
from cognitora_local.http.errors import ApiError
from cognitora_local.http.files import MACHINES
from cognitora_local.http.filesystem import api_errors, cursor, path_after

OURS = [
    (ArchiveRefused("it breaks off"), 400, "invalid_archive"),
    (UnknownUser("There is no user 'x' in the container"), 400, "unknown_user"),
    (FilesystemGone(), 409, "container_not_running"),
    (NotPermitted(), 501, "not_implemented"),
    (FilesystemError("odd"), 409, "not_a_file"),
]
NUMBERS = {
    errno.ENOENT: (404, "file_not_found"),
    errno.EACCES: (403, "permission_denied"),
    errno.EPERM: (403, "permission_denied"),
    errno.ENOSPC: (413, "storage_full"),
    errno.EDQUOT: (413, "storage_full"),
    errno.ENAMETOOLONG: (400, "invalid_path"),
    errno.EINVAL: (400, "invalid_path"),
    errno.EEXIST: (409, "not_a_file"),
    errno.EROFS: (409, "not_a_file"),
    errno.ETXTBSY: (409, "not_a_file"),
    errno.EIO: (409, "not_a_file"),
    errno.ESRCH: (409, "not_a_file"),
}
OF_NUMBERS = [
    (FilesystemError(os.strerror(number), number, "/work/x"), status, code)
    for number, (status, code) in NUMBERS.items()
]


@pytest.mark.parametrize(("error", "status", "code"), [*OURS, *OF_NUMBERS])
def test_each_has_a_status_and_a_sentence(error: Exception, status: int, code: str) -> None:
    with (
        pytest.raises(ApiError) as raised,
        api_errors("container", "x", {"/work/x": "x"}, users=True),
    ):
        raise error
    assert (raised.value.status, raised.value.code) == (status, code)
    assert raised.value.message.endswith(".")


@pytest.mark.parametrize("number", sorted(MACHINES - {errno.EIO}))
def test_no_path_is_blamed_for_trouble_of_the_machine(number: int) -> None:
    with pytest.raises(FilesystemError), api_errors("session", "x", {}, users=False):
        raise FilesystemError("trouble", number)


@pytest.mark.parametrize("users", [True, False])
def test_another_user_is_proposed_where_there_is_one(users: bool) -> None:
    with pytest.raises(ApiError) as raised, api_errors("session", "x", {}, users=users):
        raise FilesystemError("Permission denied", errno.EACCES)
    assert ("another user" in raised.value.message) is users


@pytest.mark.parametrize("path", ["a", "a/b c", "caf\udce9/ü", "\udcff" * 3])
def test_a_cursor_comes_back_as_its_path(path: str) -> None:
    assert path_after(cursor(path)) == path


@pytest.mark.parametrize("text", ["a", "aaaaa"])
def test_what_is_no_cursor(text: str) -> None:
    with pytest.raises(ApiError) as raised:
        path_after(text)
    assert raised.value.status == 400

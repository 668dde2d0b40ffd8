"""Names of any bytes, as text."""

from __future__ import annotations

import json
import os
import random

import pytest

from cognitora_local.filesystem.path_text import is_odd, path_of, text_of

NAMES = [
    *(bytes([each]) for each in range(1, 256)),
    *(
        "caf\u00e9 \U0001f600".encode(),
        b"caf\xe9",
        b"\xed\xb2\x80",
        b"\xf4\x8f\xbb\xbf\xf4\x8f\xb8\x80\xbf",
    ),
]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_comes_back_from_its_text(name: bytes) -> None:
    text = text_of(os.fsdecode(name))
    assert json.loads(json.dumps(text, ensure_ascii=False).encode()) == text
    assert os.fsencode(path_of(text)) == name


def test_names_of_any_bytes_have_texts_of_their_own() -> None:
    chance = random.Random(7)
    odd = b"a\x80\xbf\xc3\xa9\xed\xf4\x8f\xb8\xbb\xff"
    names = {bytes(chance.choices(odd, k=chance.randrange(1, 9))) for _ in range(20_000)}
    texts = {text_of(os.fsdecode(name)): name for name in names}
    assert len(texts) == len(names)
    assert all(os.fsencode(path_of(text)) == name for text, name in texts.items())


def test_what_is_utf8_stays_as_it_is() -> None:
    assert text_of("a/\u00fc/\U0001f600\u20ac\ufffd") == "a/\u00fc/\U0001f600\u20ac\ufffd"
    assert not is_odd("a/\u00fc\U0001f600")
    assert is_odd(text_of(os.fsdecode(b"\xff")))

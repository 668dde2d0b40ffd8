"""Names of images: which there are, and what they mean."""

from __future__ import annotations

import pytest

from cognitora_local.engine import ImageError
from cognitora_local.engine.reference import normalised, parse, parse_mapping

SHA = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("name", "meaning"),
    {
        "python": "docker.io/library/python:latest",
        "python:3.11": "docker.io/library/python:3.11",
        "docker.io/python:3.11": "docker.io/library/python:3.11",
        "docker.io/library/python:3.11": "docker.io/library/python:3.11",
        "index.docker.io/library/python:3.11": "docker.io/library/python:3.11",
        "library/python:3.11-slim": "docker.io/library/python:3.11-slim",
        "grafana/grafana": "docker.io/grafana/grafana:latest",
        "ghcr.io/a/b/c__d:V1_2.x": "ghcr.io/a/b/c__d:V1_2.x",
        "localhost/tool": "localhost/tool:latest",
        "localhost:5000/tool": "localhost:5000/tool:latest",
        "127.0.0.1:5000/a/b:1": "127.0.0.1:5000/a/b:1",
        "My.Registry/a": "My.Registry/a:latest",
        f"python@{SHA}": f"docker.io/library/python@{SHA}",
        f"127.0.0.1:5000/python:3.11@{SHA}": f"127.0.0.1:5000/python@{SHA}",
        "a" * 200: f"docker.io/library/{'a' * 200}:latest",
        "python:" + "a" * 128: "docker.io/library/python:" + "a" * 128,
        "e/a---b.c_d": "docker.io/e/a---b.c_d:latest",
        "deadbeef": "docker.io/library/deadbeef:latest",
    }.items(),
)
def test_names_and_their_full_form(name: str, meaning: str) -> None:
    assert str(parse(name)) == meaning
    assert str(parse(meaning)) == meaning


@pytest.mark.parametrize(
    ("name", "reason"),
    {
        "": "a part of it is empty",
        "/": "a part of it is empty",
        "a//b": "a part of it is empty",
        "a/": "a part of it is empty",
        "/a": "a part of it is empty",
        "Python": "has capitals",
        "a/B": "has capitals",
        "-privileged": "isn't made of",
        "--rm": "isn't made of",
        "a b": "isn't made of",
        "a\n": "isn't made of",
        "a\0b": "isn't made of",
        "../etc/passwd": "registry's host name",
        "./image": "registry's host name",
        "a/../b": "isn't made of",
        "a/..": "isn't made of",
        "pythön": "isn't made of",
        "a?b=c": "isn't made of",
        "a%2fb": "isn't made of",
        "a#b": "isn't made of",
        "a..b": "isn't made of",
        "a___b": "isn't made of",
        "_a": "isn't made of",
        "https://ghcr.io/a": "registry's host name",
        "docker-archive:/etc/passwd": "registry's host name",
        "docker-archive:80/etc/passwd": "registry's host name",
        "dir:5000/x": "registry's host name",
        "containers-storage:1/x": "registry's host name",
        "registry:5000/a": "registry's host name, with a dot in it",
        "Registry/a": "registry's host name",
        "localhost.:5000/a": "registry's host name",
        "oci:/tmp/x:1": "registry's host name",
        "a.b:port/c": "registry's host name",
        "a.b:123456/c": "registry's host name",
        "-a.b/c": "registry's host name",
        "user@host/a": "a digest",
        "python:": "a tag has",
        "python:-a": "a tag has",
        "python:a b": "a tag has",
        "python:a\n": "a tag has",
        "python:" + "a" * 129: "a tag has",
        "python:1:2": "isn't made of",
        "python@": "a digest",
        "python@sha256:abc": "a digest",
        f"python@{SHA}0": "a digest",
        f"python@{SHA.upper()}": "a digest",
        f"python@{SHA}@{SHA}": "a digest",
        f"@{SHA}": "a part of it is empty",
        "0123456789abcdef" * 4: "not by its id",
        "a" * 300: "more than 255",
    }.items(),
)
def test_everything_else_is_refused_with_its_reason(name: str, reason: str) -> None:
    with pytest.raises(ImageError, match=reason) as refused:
        parse(name)
    assert refused.value.code == "invalid_image"
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    ("name", "expected"),
    {
        "localhost/a": True,
        "localhost:5000/a": True,
        "127.0.0.1:5000/a": True,
        "127.3.2.1/a": True,
        "a": False,
        "10.0.0.1:5000/a": False,
        "localhost.example.com/a": False,
        "127.0.0.1.example.com/a": False,
    }.items(),
)
def test_registries_on_the_loopback_are_known(name: str, expected: bool) -> None:
    assert parse(name).on_loopback is expected


def test_a_mapping_is_read_in_full() -> None:
    texts = ["python:3.11=127.0.0.1:5000/python:3.11", f"node=localhost/node@{SHA}"]
    mapping = {
        "docker.io/library/python:3.11": "127.0.0.1:5000/python:3.11",
        "docker.io/library/node:latest": f"localhost/node@{SHA}",
    }
    assert parse_mapping(texts) == mapping
    assert normalised(mapping) == mapping
    assert normalised({"node": "localhost/node"}) == {
        "docker.io/library/node:latest": "localhost/node:latest"
    }
    assert parse_mapping(["a=b", "docker.io/a=docker.io/library/b:latest"]) == parse_mapping(
        ["a=b"]
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    {
        "python:3.11": "NAME=REFERENCE",
        "=a": "a part of it is empty",
        "a=": "a part of it is empty",
        "a=b=c": "isn't made of",
        "A=b": "has capitals",
        "a=B": "has capitals",
    }.items(),
)
def test_a_mapping_that_is_none_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ImageError, match=reason) as refused:
        parse_mapping([text])
    assert "image mapping" in str(refused.value)


def test_a_name_mapped_twice_is_refused() -> None:
    with pytest.raises(ImageError, match=r"stands for `docker.io/library/b:latest` already"):
        parse_mapping(["a=b", "docker.io/library/a:latest=c"])

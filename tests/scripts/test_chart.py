"""The Helm chart, by Helm's own code; tests/kubernetes/test_chart.py installs it."""

from __future__ import annotations

from typing import Any

import pytest

from cognitora_local.command_line import parser
from tests import helm
from tests.helm import ACCOUNTS, HelmError, rendered, run
from tests.images import Unavailable

ALL = {
    **ACCOUNTS,
    "database": {"existingSecret": "records"},
    "replicas": 3,
    "sandboxes": {
        "runtimeClass": "gvisor",
        "networking": False,
        "clusterRanges": ["203.0.113.0/24"],
        "nameservers": ["1.1.1.1", "8.8.8.8"],
        "quota": {"pods": "200"},
    },
    "extraArguments": ["--max-sessions=200"],
    "networkPolicy": {"from": [{"namespaceSelector": {}}]},
    "imagePullSecrets": [{"name": "registry"}],
    "nodeSelector": {"role": "gateway"},
    "podAnnotations": {"a": "b"},
}


@pytest.fixture(scope="module", autouse=True)
def _able() -> None:
    try:
        run("lint")
    except Unavailable as error:
        pytest.skip(f"Helm {error}")


def only(kind: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
    [found] = [each for each in rendered(values) if each["kind"] == kind]
    return found


def test_helm_finds_nothing_wrong_with_it() -> None:
    told = run("lint")
    assert told["errors"] == []
    assert [each["error"] for each in told["messages"]] == ["icon is recommended"]


@pytest.mark.parametrize("values", [ACCOUNTS, ALL])
def test_a_gateway_is_started_by_options_that_there_are(values: dict[str, Any]) -> None:
    [container] = only("Deployment", values)["spec"]["template"]["spec"]["containers"]
    told = parser().parse_args(container["args"])
    assert (told.backend, told.host, told.port) == ("kubernetes", "0.0.0.0", 8700)
    assert told.namespace == "cognitora-sandboxes"
    if values is ALL:
        assert (told.runtime_class, told.no_networking) == ("gvisor", True)
        assert told.cluster_range == ["203.0.113.0/24"]
        assert told.nameserver == ["1.1.1.1", "8.8.8.8"]
        assert (told.max_sessions, told.data_dir) == (200, None)


@pytest.mark.parametrize("tag", [2, 1.10])
def test_a_tag_that_is_read_as_a_number_is_refused(tag: float) -> None:
    with pytest.raises(HelmError, match=r"image\.tag is read as a number"):
        run("render", values={**ACCOUNTS, "image": {"tag": tag}})
    deployment = only("Deployment", {**ACCOUNTS, "image": {"tag": str(tag)}})
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"].endswith(f":{tag}")


def test_without_accounts_there_is_nothing_to_install() -> None:
    with pytest.raises(HelmError, match="Say who is let in"):
        run("render", values={})


def test_many_gateways_need_records_that_they_share() -> None:
    with pytest.raises(HelmError, match="More than one gateway needs"):
        run("render", values={**ACCOUNTS, "replicas": 2})
    assert only("Deployment", ALL)["spec"]["strategy"]["type"] == "RollingUpdate"
    assert only("PodDisruptionBudget", ALL)["spec"]["maxUnavailable"] == 1
    assert only("PodDisruptionBudget")["spec"]["minAvailable"] == 1


def test_keys_are_in_no_command_line_and_no_variable() -> None:
    toml = '[a]\napi_keys = ["sha256:00"]'
    objects = rendered({"accounts": {"toml": toml}})
    [holding] = [each for each in objects if "sha256:00" in str(each)]
    assert (holding["kind"], holding["stringData"]) == ("Secret", {"accounts.toml": toml})


def test_a_gateway_has_no_more_rights_than_it_needs() -> None:
    kinds = {each["kind"] for each in rendered(ALL)}
    assert not kinds & {"ClusterRole", "ClusterRoleBinding"}
    role = only("Role")
    assert role["metadata"]["namespace"] == "cognitora-sandboxes"
    assert "*" not in str(role["rules"])
    assert not {"secrets", "pods/exec"} & {
        name for rule in role["rules"] for name in rule["resources"]
    }
    spec = only("Deployment")["spec"]["template"]["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    [container] = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_sandboxes_are_where_nothing_else_is() -> None:
    namespace = only("Namespace")["metadata"]
    assert namespace["name"] == "cognitora-sandboxes"
    assert namespace["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert only("ResourceQuota", ALL)["spec"] == {"hard": {"pods": "200"}}
    here = rendered({**ACCOUNTS, "sandboxes": {"namespace": ""}})
    assert {each["kind"] for each in here} & {"Namespace"} == set()
    assert {each["metadata"]["namespace"] for each in here} == {"cognitora"}


def test_the_plain_manifests_are_the_charts() -> None:
    """`python -m tests.helm` writes them."""
    assert helm.PLAIN.read_text() == helm.plain()

"""Renders the Helm chart by Helm's own code, as some sites would set it, and holds every manifest against Kubernetes' schema."""

import sys
from pathlib import Path

import helm_python as helm
import kubernetes_validate
import yaml

CHART = str(Path(__file__).resolve().parent.parent / "deploy/helm/vaxloom")
TOKEN = {"token": {"value": "a-token-that-nobody-guesses"}}
SECRETS = {"token": {"existingSecret": "token"}, "tls": {"existingSecret": "tls"}}
GPU = {"enabled": True, "tag": "0.1.0-cuda"}
# Settings, and the kinds that come of them.
SITES = {
    "secrets that are there": (
        {"cluster": SECRETS},
        "ConfigMap CronJob Deployment PersistentVolumeClaim Service Service StatefulSet",
    ),
    "secrets of the chart": (
        {"cluster": TOKEN | {"tls": {"cert": "c", "key": "k", "ca": "a"}}, "data": {"existingClaim": "data"}},
        "ConfigMap CronJob Deployment Secret Secret Service Service StatefulSet",
    ),
    "no certificates": (
        {"cluster": TOKEN | {"tls": {"enabled": False}}, "nightly": {"enabled": False}},
        "Deployment PersistentVolumeClaim Secret Service Service StatefulSet",
    ),
    "GPU": (
        {"cluster": SECRETS | {"executor": {"gpu": GPU, "nodeSelector": {"zone": "a"}}}},
        "ConfigMap CronJob Deployment PersistentVolumeClaim Service Service StatefulSet",
    ),
    "night alone": ({"cluster": {"enabled": False}}, "ConfigMap CronJob PersistentVolumeClaim"),
    "server": (
        {
            "cluster": {"enabled": False},
            "serve": {"enabled": True, "users": {"value": "[[user]]"}, "tls": {"existingSecret": "serve"}},
        },
        "ConfigMap CronJob Deployment PersistentVolumeClaim PersistentVolumeClaim Secret Service",
    ),
}
# Settings that are refused, and a word of why.
REFUSED = {
    "cluster.token.value": {},
    "cluster.tls.existingSecret": {"cluster": TOKEN},
    "serve.tls.existingSecret": {"cluster": SECRETS, "serve": {"enabled": True, "users": {"existingSecret": "users"}}},
    "VARIANT=cuda": {"cluster": SECRETS | {"executor": {"gpu": {"enabled": True}}}},
}


def pods(document):
    """The pod template of a manifest, or none."""
    spec = document.get("spec", {})
    spec = spec.get("jobTemplate", {}).get("spec", spec)
    template = spec.get("template")
    return [template["spec"]] if template else []


def check_pod(site, pod):
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] > 0, site
    assert pod["automountServiceAccountToken"] is False, site
    volumes = {volume["name"] for volume in pod["volumes"]}
    for container in pod["containers"]:
        security = container["securityContext"]
        assert security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"], site
        assert security["capabilities"] == {"drop": ["ALL"]}, site
        assert "memory" in container["resources"]["limits"], site
        mounts = [mount["name"] for mount in container["volumeMounts"]]
        assert set(mounts) == volumes, (site, mounts, volumes)
        long_lived = pod.get("restartPolicy") != "Never"
        for probe in ["startupProbe", "readinessProbe", "livenessProbe"]:
            assert (probe in container) == long_lived, (site, probe)


def check(site, values, kinds, version):
    report = helm.lint(CHART, values, strict=True, quiet=True, kube_version=f"v{version}.0")
    assert not report["errors"], (site, report)
    with helm.Chart.load(CHART) as chart:
        texts = chart.render(values, name="site", namespace="oncology")
    documents = [d for text in texts.values() for d in yaml.safe_load_all(text) if d]
    for document in documents:
        kubernetes_validate.validate(document, version, strict=True)
        for pod in pods(document):
            check_pod(site, pod)
    found = " ".join(sorted(document["kind"] for document in documents))
    assert found == kinds, (site, found)
    return documents


def main():
    version = ".".join(kubernetes_validate.latest_version().split(".")[:2])
    for site, (values, kinds) in SITES.items():
        documents = check(site, values, kinds, version)
        if site == "GPU":
            pod = next(pods(d)[0] for d in documents if d["kind"] == "StatefulSet")
            assert pod["nodeSelector"] == {"zone": "a", "nvidia.com/gpu.present": "true"}, pod["nodeSelector"]
            assert pod["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == 1
        if site == "secrets that are there" and len(sys.argv) > 1:
            # For who reads the night's settings.
            settings = next(d["data"]["vaxloom.toml"] for d in documents if d["kind"] == "ConfigMap")
            Path(sys.argv[1]).write_text(settings)
    for word, values in REFUSED.items():
        try:
            with helm.Chart.load(CHART) as chart:
                chart.render(values, name="site", namespace="oncology")
        except helm.HelmError as error:
            assert word in str(error), error
        else:
            raise AssertionError(f"{word}: not refused")
    print(f"helm         ok: lint, {len(SITES)} sites rendered by Helm {helm.helm_sdk_version()}, strict schema of Kubernetes {version}")


main()

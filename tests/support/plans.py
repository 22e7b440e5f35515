"""Terraform plans as `terraform show -json` writes them, made small."""

from __future__ import annotations

import json
import re


def resource(address, /, *, unknown=(), provider="aws", expressions=None, actions=("create",), **values):
    """A resource: its values, which attributes are known after apply, what its configuration says."""
    return {"address": address, "unknown": unknown, "provider": provider, "actions": list(actions),
            "values": values, "expressions": expressions or {}}  # fmt: skip


def refs(*names):
    return {"references": list(names)}


def plan(*resources, region="us-east-1", providers=None, variables=None, calls=None, outputs=None, version="1.2"):
    """A plan of resources; ``calls`` are module calls by path ("a.b"), ``outputs`` those of modules."""
    root = {"resources": [], "child_modules": []}
    configuration = {"resources": [], "module_calls": {}}
    changes = []
    for r in resources:
        module, type_, name, index = split(r["address"])
        unknown = dict.fromkeys(r["unknown"], True) if not isinstance(r["unknown"], dict) else r["unknown"]
        entry = {"address": r["address"], "mode": "managed", "type": type_, "name": name, "schema_version": 0,
                 "provider_name": "registry.terraform.io/hashicorp/aws", "values": r["values"]}  # fmt: skip
        if index is not None:
            entry["index"] = index
        changes.append(
            {
                **{k: v for k, v in entry.items() if k != "values"},
                "module_address": module,
                "change": {
                    "actions": r["actions"],
                    "before": None,
                    "after": None if r["actions"] == ["delete"] else r["values"],
                    "after_unknown": {"id": True, **unknown},
                },
            }
        )
        if r["actions"] == ["delete"]:
            continue
        inside(root, module)["resources"].append(entry)
        node = called(configuration, re.findall(r"module\.([^.\[]+)", module))
        if not any(c["type"] == type_ and c["name"] == name for c in node["resources"]):
            expressions = {k: {"constant_value": v} for k, v in r["values"].items() if not isinstance(v, list)}
            node["resources"].append({"address": f"{type_}.{name}", "mode": "managed", "type": type_, "name": name,
                                      "provider_config_key": r["provider"],
                                      "expressions": expressions | r["expressions"]})  # fmt: skip
    for path, expressions in (calls or {}).items():
        *before, last = path.split(".")
        called(configuration, path.split("."))
        called(configuration, before)["module_calls"][last]["expressions"] = expressions
    for path, named in (outputs or {}).items():
        called(configuration, path.split("."))["outputs"] = {k: {"expression": v} for k, v in named.items()}
    if providers is None:
        providers = {"aws": {"name": "aws", "expressions": {"region": {"constant_value": region}} if region else {}}}
    return {
        "format_version": version, "terraform_version": "1.9.5",
        "variables": {k: {"value": v} for k, v in (variables or {}).items()},
        "planned_values": {"root_module": root}, "resource_changes": changes,
        "configuration": {"provider_config": providers, "root_module": configuration},
    }  # fmt: skip


def split(address):
    found = re.fullmatch(r"((?:module\.[^.\[]+(?:\[[^\]]*\])?\.)*)([^.]+)\.([^.\[]+)(?:\[(.*)\])?", address)
    module, type_, name, index = found.groups()
    return module.rstrip("."), type_, name, None if index is None else json.loads(index)


def inside(root, module):
    node, address = root, ""
    for step in re.findall(r"module\.[^.\[]+(?:\[[^\]]*\])?", module):
        address = f"{address}.{step}" if address else step
        known = next((c for c in node["child_modules"] if c["address"] == address), None)
        if known is None:
            known = {"address": address, "resources": [], "child_modules": []}
            node["child_modules"].append(known)
        node = known
    return node


def called(configuration, path):
    node = configuration
    for name in path:
        call = node["module_calls"].setdefault(name, {"source": f"./{name}"})
        node = call.setdefault("module", {"resources": [], "module_calls": {}})
    return node

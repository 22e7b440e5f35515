"""A CDK cloud assembly (``cdk.out``): the templates of all its stacks, each in its account and Region.

https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/cloud-assembly-schema/README.md
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from costmodel.core.errors import InputError
from costmodel.documents.document import read_text
from costmodel.network.reading.cloudformation.nested import find_file_inside, load_template
from costmodel.network.reading.cloudformation.read import TemplateReader, report_template_errors, take_decided
from costmodel.network.reading.joined_estates import join_estates, prefix_estate
from costmodel.network.reading.json_shapes import EMPTY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from costmodel.documents.document import Document
    from costmodel.network.reading.estate import Estate
    from costmodel.network.reading.json_shapes import Json, JsonObject

MANIFEST = "manifest.json"
_STACK, _STAGE = "aws:cloudformation:stack", "cdk:cloud-assembly"
_ENVIRONMENT = re.compile(r"aws://([^/]+)/(.+)")
_UNKNOWN_ACCOUNT, _UNKNOWN_REGION = "unknown-account", "unknown-region"


@dataclass(frozen=True)
class Stack:
    """A stack of a cloud assembly.

    Attributes:
        name: its id in the assembly.
        template: the path of its template.
        account: its account; "" if it is not decided.
        region: its Region; "" if it is not decided.
        dependencies: the ids of the stacks that are deployed before it.
    """

    name: str
    template: Path
    account: str
    region: str
    dependencies: tuple[str, ...]


def find_manifest(source: str | Path) -> Path | None:
    """Return the manifest of a cloud assembly: in a folder, or the file itself; None if it is not one."""
    try:
        path = Path(source) / MANIFEST if Path(source).is_dir() else Path(source)
        if path.name != MANIFEST or not path.is_file():
            return None
    except OSError:  # a name that no file can have: what reads the source says so
        return None
    return path if isinstance(_read_manifest(path).get("artifacts"), dict) else None


def _read_manifest(path: Path) -> JsonObject:
    try:
        content = json.loads(read_text(path)[0])
    except ValueError:
        return EMPTY
    return content if isinstance(content, dict) else EMPTY


def read_assembly(manifest: Path, settings: Mapping[str, str]) -> Estate:
    """Return the estate of all stacks of a cloud assembly; a resource is called STACK/NAME.

    Args:
        manifest: the path of the manifest.
        settings: ``region`` for stacks without one, and ``parameter.NAME`` and ``condition.NAME`` of any stack.

    Raises:
        InputError: it has no stack, a template cannot be read, or a setting is wrong.
        RegionUnsaidError: the Region of a stack is not known.
    """
    stacks = _sort_stacks(list(_iterate_stacks(manifest)))
    if not stacks:
        message = f"{manifest}: this cloud assembly contains no stack."
        raise InputError(message)
    documents = {stack.name: load_template(stack.template) for stack in stacks}
    _refuse_unknown_settings(documents, settings, str(manifest))
    exports: dict[str, Json] = {}
    estates = []
    for stack in stacks:
        document = documents[stack.name]
        own = {key: value for key, value in settings.items() if key == "region" or _has_setting(document, key)}
        if stack.region:
            own["region"] = stack.region
        with report_template_errors(document.name):
            reader = TemplateReader(document, take_decided(document, own), exports)
            estates.append(prefix_estate(reader.read_estate(), f"{stack.name}/", stack.account))
            exports |= {name: _qualify(stack.name, value) for name, value in reader.read_exports().items()}
    return join_estates(str(manifest.parent), "CDK cloud assembly", estates)


def _iterate_stacks(manifest: Path, around: tuple[Path, ...] = ()) -> Iterator[Stack]:
    """Yield the stacks of an assembly, and of the assemblies of its stages, which are below its folder.

    Raises:
        InputError: a file that the manifest names is not in the folder.
    """
    artifacts = _read_manifest(manifest).get("artifacts")
    for name, artifact in artifacts.items() if isinstance(artifacts, dict) else ():
        properties = artifact.get("properties") if isinstance(artifact, dict) else None
        if not isinstance(artifact, dict) or not isinstance(properties, dict):
            continue
        if artifact.get("type") == _STAGE:
            inner = _find_listed_file(manifest, f"{properties.get('directoryName')}/{MANIFEST}")
            if inner not in (manifest.resolve(), *around):
                yield from _iterate_stacks(inner, (*around, inner))
        elif artifact.get("type") == _STACK:
            yield _build_stack(name, artifact, _find_listed_file(manifest, str(properties.get("templateFile"))))


def _build_stack(name: str, artifact: JsonObject, template: Path) -> Stack:
    found = _ENVIRONMENT.fullmatch(str(artifact.get("environment")))
    account, region = found.groups() if found else ("", "")
    dependencies = artifact.get("dependencies")
    return Stack(
        name,
        template,
        "" if account == _UNKNOWN_ACCOUNT else account,
        "" if region == _UNKNOWN_REGION else region,
        tuple(map(str, dependencies)) if isinstance(dependencies, list) else (),
    )


def _find_listed_file(manifest: Path, name: str) -> Path:
    """Return a file that a manifest names.

    Raises:
        InputError: it is not in the folder of the manifest.
    """
    path = find_file_inside(manifest.parent, name)
    if path is None:
        raise InputError(f"{manifest}: the file {name!r}, which it lists, is missing. Run `cdk synth` again.")
    return path


def _sort_stacks(stacks: list[Stack]) -> list[Stack]:
    """Return stacks so that each follows the ones that it depends on, as far as that is possible."""
    left, done = list(stacks), list[Stack]()
    names = {stack.name for stack in stacks}
    while left:
        known = {stack.name for stack in done}
        ready = [stack for stack in left if set(stack.dependencies) & names <= known] or left[:1]
        done += ready
        left = [stack for stack in left if stack not in ready]
    return done


def _refuse_unknown_settings(documents: Mapping[str, Document], settings: Mapping[str, str], name: str) -> None:
    for key in settings:
        if key != "region" and not any(_has_setting(document, key) for document in documents.values()):
            raise InputError(f"--set {key}: no stack of {name} has this parameter or condition.")


def _has_setting(document: Document, key: str) -> bool:
    """Tell whether a template has the parameter or the condition of a setting."""
    kind, _, name = key.partition(".")
    section = {"parameter": "Parameters", "condition": "Conditions"}.get(kind)
    found = document.value.get(section) if section and isinstance(document.value, dict) else None
    return name.startswith("AWS::") or (isinstance(found, dict) and name in found)


def _qualify(stack: str, value: Json) -> Json:
    """Return an exported value so that it equals no value of another stack."""
    if isinstance(value, list):
        return [_qualify(stack, element) for element in value]
    return f"{stack}:{value}" if isinstance(value, str) else value

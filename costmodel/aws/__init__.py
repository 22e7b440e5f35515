"""The domain: one file per AWS service, with its kinds of resource and their charge rules.

``aws.NatGateway`` is a kind: the name of every public class of the files imported here is a name of this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

# Documents and messages list the kinds in this order.
from costmodel.aws.privatelink import *
from costmodel.aws.elb import *
from costmodel.aws.lattice import *
from costmodel.aws.nat import *
from costmodel.aws.transit_gateway import *
from costmodel.aws.peering import *
from costmodel.aws.route53 import *
from costmodel.aws.vpn import *
from costmodel.aws.hybrid import *
from costmodel.aws.transfer import *
from costmodel.aws.application_elb import *
from costmodel.aws.firewall import *
from costmodel.aws.cloud_wan import *
from costmodel.aws.vpc_features import *
from costmodel.aws.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.core.meters import Meter

KINDS: tuple[type[Resource], ...] = tuple(Resource.registered)
"""Every kind in the order of its definition: a kind comes after those whose meters it has."""

METERS: dict[str, Meter] = {}
"""Every meter by id; of one that several kinds have, the first kind's."""

VARIANTS: dict[str, list[type[Resource]]] = {}
"""What files call a kind → its variants."""

for _kind in KINDS:
    VARIANTS.setdefault(_kind.kind, []).append(_kind)
    for _meter in _kind.list_meters():
        METERS.setdefault(_meter.id, _meter)


def pick_variant(entry: Mapping[str, object]) -> type[Resource] | None:
    """Return the variant of its kind that an entry of a network file is, by its keys; None where none fits."""
    variants = VARIANTS.get(str(entry.get("kind")), [])
    fitting = [v for v in variants if v.when is None or entry.get(v.when[0]) == v.when[1]]
    given = (v for v in fitting if v.given is not None and v.given in entry)
    return next(given, next((v for v in fitting if v.given is None), None))

"""The parts of boto3 that the reader of live accounts uses."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypeAlias

AT_ONCE = 8
"""Calls that are made at the same time."""
_ATTEMPTS = 8

# AWS's answers have a shape of their own for each operation, which botocore's models check in the tests: hence Any.
Answer: TypeAlias = Mapping[str, Any]
"""The answer of an operation, by key."""
AwsResource: TypeAlias = dict[str, Any]
"""A resource as AWS describes it."""


class Paginator(Protocol):
    """Fetches the pages of an operation."""

    def paginate(self, **arguments: object) -> Iterator[Answer]:
        """Return the pages."""


class AwsClient(Protocol):
    """A boto3 client; operations are further methods of it."""

    def can_paginate(self, operation_name: str) -> bool:
        """Tell whether an operation has pages."""

    def get_paginator(self, operation_name: str) -> Paginator:
        """Return what fetches the pages of an operation."""


class AwsSession(Protocol):
    """A boto3 session."""

    region_name: str | None

    def client(self, service_name: str, **options: object) -> AwsClient:
        """Return a client of a service."""

    def get_available_regions(self, service_name: str, partition_name: str) -> list[str]:
        """Return the Regions of a partition in which a service has an endpoint."""


class MakeClient(Protocol):
    """Makes a client of a service in a Region."""

    def __call__(self, service: str, region: str) -> AwsClient:
        """Return the client."""


def call_operation(client: AwsClient, operation: str, **arguments: object) -> Answer:
    """Return the answer of an operation, by boto3's name of it."""
    answer: Answer = getattr(client, operation)(**arguments)
    return answer


def make_client_factory(session: AwsSession) -> MakeClient:
    """Return a function that makes the clients of a session; they wait and try again where AWS throttles."""
    from botocore.config import Config

    attempts = int(os.environ.get("AWS_MAX_ATTEMPTS", _ATTEMPTS))
    config = Config(retries={"mode": "adaptive", "max_attempts": attempts}, max_pool_connections=AT_ONCE)
    clients: dict[tuple[str, str], AwsClient] = {}

    def make_client(service: str, region: str) -> AwsClient:
        if (service, region) not in clients:
            clients[service, region] = session.client(service, region_name=region, config=config)
        return clients[service, region]

    return make_client

"""Names: Resolver endpoints, private hosted zones and Route 53 Profiles."""

from __future__ import annotations

from costmodel.aws.resource import Charges, Resource, make_count_column, make_number_column
from costmodel.core.meters import BilledService, Meter
from costmodel.core.units import round_up_hours

ROUTE_53 = BilledService("AmazonRoute53", "Amazon Route 53", "Networking", "Network Infrastructure")
_PRICING = "https://aws.amazon.com/route53/pricing/"

ASSOCIATIONS_INCLUDED = 100
"""Associations of VPCs that a Profile's base price covers, over all Profiles of an account in a Region."""


class ResolverEndpoint(Resource):
    """A Route 53 Resolver endpoint with ``ips`` addresses (network interfaces); ``queries`` a month."""

    HOURS = Meter(
        "route53_resolver_eni_hour",
        "Route 53 Resolver endpoint hours, per IP address",
        ROUTE_53,
        "ResolverNetworkInterface",
        "Hours",
        rule="each hour of each IP address; an endpoint has at least two",
        url="https://repost.aws/knowledge-center/route-53-resolver-endpoint-costs",
    )
    QUERIES = Meter(
        "route53_resolver_query",
        "Route 53 Resolver queries",
        ROUTE_53,
        "DNS-Queries",
        "Queries",
        rule="each query through a Resolver endpoint, in tiers",
        url=_PRICING,
    )
    level = "ips"

    ips = make_count_column()
    queries = make_number_column()

    def compute_charges(self) -> Charges:
        """Hours per address, and queries."""
        return {
            ResolverEndpoint.HOURS: self.ips * round_up_hours(self.hours),
            ResolverEndpoint.QUERIES: 1 * self.queries,
        }


class PrivateHostedZone(Resource):
    """A private hosted zone, by the month, whatever its hours."""

    MONTHS = Meter(
        "route53_hosted_zone_month",
        "Route 53 hosted zone",
        ROUTE_53,
        "HostedZone",
        "Months",
        rule="each hosted zone each month, not by the hour; tiers over the zones of all of a payer's accounts",
        url=_PRICING,
        owner="organization",
        everywhere=True,
    )

    def compute_charges(self) -> Charges:
        """One a month."""
        return {PrivateHostedZone.MONTHS: 0 * self.hours + 1}


_BASE = Meter(
    "route53_profile_base_hour",
    "Route 53 Profiles hours",
    ROUTE_53,
    None,
    "Hours",
    rule="each hour, once an account and Region, regardless of the number of Profiles",
    url=_PRICING,
    owner="account",
    once=True,
)
_EXTRA = Meter(
    "route53_profile_extra_association_hour",
    "Route 53 Profile associations beyond those included",
    ROUTE_53,
    None,
    "Hours",
    rule="each hour of each VPC association above 100, over all Profiles that an account owns in a Region",
    url=_PRICING,
    owner="account",
    includes=(_BASE, ASSOCIATIONS_INCLUDED),
    covered="included in the base",
)


class ResolverProfile(Resource):
    """A Route 53 Profile with ``associations`` VPCs; its owner pays for all of them."""

    HOURS = _BASE
    ASSOCIATIONS = _EXTRA

    associations = make_count_column()

    def compute_charges(self) -> Charges:
        """The base, and association-hours of which the base covers the first hundred."""
        hours = round_up_hours(self.hours)
        return {ResolverProfile.HOURS: hours, ResolverProfile.ASSOCIATIONS: self.associations * hours}


class ResolverProfileAssociation(Resource):
    """A VPC associated with a Route 53 Profile, apart from the Profile itself, whose owner pays for it."""

    ASSOCIATIONS = _EXTRA
    ids = "pair"
    of_counterpart = True

    def compute_charges(self) -> Charges:
        """One association."""
        return {ResolverProfileAssociation.ASSOCIATIONS: round_up_hours(self.hours)}


class DnsFirewall(Resource):
    """Resolver DNS Firewall of a Region: domains of its lists, queries, and rule groups with advanced rules."""

    DOMAINS = Meter(
        "dns_firewall_domain_month",
        "DNS Firewall domains",
        ROUTE_53,
        None,
        "Months",
        rule="each domain of the lists each month",
        url=_PRICING,
    )
    QUERIES = Meter(
        "dns_firewall_query",
        "DNS Firewall queries",
        ROUTE_53,
        None,
        "Queries",
        rule="each query from a VPC that a rule group is associated with, in tiers",
        url=_PRICING,
    )
    ADVANCED = Meter(
        "dns_firewall_advanced_hour",
        "DNS Firewall Advanced hours",
        ROUTE_53,
        None,
        "Hours",
        rule="each hour of each rule group with advanced rules",
        url=_PRICING,
    )

    domains = make_count_column()
    queries = make_number_column()
    advanced_rule_groups = make_count_column()

    def compute_charges(self) -> Charges:
        """Domains by the month, queries, and the hours of advanced rule groups."""
        return {
            DnsFirewall.DOMAINS: 1 * self.domains,
            DnsFirewall.QUERIES: 1 * self.queries,
            DnsFirewall.ADVANCED: self.advanced_rule_groups * round_up_hours(self.hours),
        }

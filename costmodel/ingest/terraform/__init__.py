"""Terraform plans: what will be built, as entries of a network file."""

from costmodel.ingest.terraform.plan import AFTER, BEFORE
from costmodel.ingest.terraform.read import estate_of, is_plan
from costmodel.ingest.terraform.sniff import HOW, looks_cut_off, refuse, refuse_other

__all__ = ["AFTER", "BEFORE", "HOW", "estate_of", "is_plan", "looks_cut_off", "refuse", "refuse_other"]

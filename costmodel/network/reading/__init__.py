"""Reads networks: network files, Terraform plans, CloudFormation templates, live accounts."""

"""Texts of input files that several tests read."""

from __future__ import annotations

NETWORK = """
region: us-east-1
on: 2026-11-01
resources:
  - {kind: InterfaceEndpoint, name: kms, zones: 3, gb_processed: 500, count: 10}
  - {kind: NatGateway, region: eu-west-1, gb_processed: 2048, hours: 100}
"""
UNPRICED = "region: ap-southeast-7\nresources: [{kind: LatticeService, gb_processed: 9}, {kind: PublicIpv4}]\n"

# a demand no plan serves
CONFLICT = """
region: us-east-1
vpcs: [{name: app}]
flows: [{from: app, to: kms, gb_sent: 10}]
constraints: {private: [app], forbid: [own-endpoint, hub-peering, hub-transit-gateway]}
"""

# CloudFormation
TEMPLATE = """
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Zones: {Type: Number, Default: 3}
  Nats: {Type: String, AllowedValues: [one, each]}
  Subnets: {Type: 'List<AWS::EC2::Subnet::Id>', Default: 'subnet-a,subnet-b'}
  Names: {Type: String, Default: 'subnet-c|subnet-d|subnet-e'}
Conditions:
  Each: !Equals [!Ref Nats, each]
  One: !Not [!Condition Each]
Mappings:
  Sizes: {eu-west-1: {Kind: Interface}, us-east-1: {Kind: Gateway}}
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16, Tags: [{Key: Name, Value: !Sub 'app-${AWS::Region}'}]}}
  SubnetA: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, AvailabilityZone: !Select [0, !GetAZs '']}}
  SubnetB: {Type: AWS::EC2::Subnet, Properties: {VpcId: !GetAtt Vpc.VpcId, AvailabilityZone: !Select [1, !GetAZs '']}}
  Address: {Type: AWS::EC2::EIP}
  Nat: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: !Ref SubnetA, AllocationId: !GetAtt Address.AllocationId}}
  AddressB: {Type: AWS::EC2::EIP, Condition: Each}
  NatB:
    Type: AWS::EC2::NatGateway
    Condition: Each
    Properties: {SubnetId: !Ref SubnetB, AllocationId: !GetAtt AddressB.AllocationId}
  Kms:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcEndpointType: !FindInMap [Sizes, !Ref AWS::Region, Kind]
      ServiceName: !Join ['.', [com.amazonaws, !Ref AWS::Region, kms]]
      SubnetIds: !If [Each, [!Ref SubnetA, !Ref SubnetB], [!Ref SubnetA]]
      VpcId: !Ref Vpc
  Sqs:
    Type: AWS::EC2::VPCEndpoint
    Properties: {VpcEndpointType: Interface, ServiceName: !Sub 'com.amazonaws.${AWS::Region}.sqs',
                 SubnetIds: !Split ['|', !Ref Names], VpcId: !Ref Vpc}
  Sns:
    Type: AWS::EC2::VPCEndpoint
    Properties: {VpcEndpointType: Interface, ServiceName: !Sub 'com.amazonaws.${AWS::Region}.sns',
                 SubnetIds: !Ref Subnets, VpcId: !Ref Vpc}
  S3: {Type: AWS::EC2::VPCEndpoint, Properties: {ServiceName: !Sub 'com.amazonaws.${AWS::Region}.s3', VpcId: !Ref Vpc}}
  Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: https://example.com/a.yaml}}
"""

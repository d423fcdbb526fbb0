import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { AcquireRequest as _mnemesh_v1_AcquireRequest, AcquireRequest__Output as _mnemesh_v1_AcquireRequest__Output } from './mnemesh/v1/AcquireRequest.ts';
import type { AcquireResponse as _mnemesh_v1_AcquireResponse, AcquireResponse__Output as _mnemesh_v1_AcquireResponse__Output } from './mnemesh/v1/AcquireResponse.ts';
import type { Entry as _mnemesh_v1_Entry, Entry__Output as _mnemesh_v1_Entry__Output } from './mnemesh/v1/Entry.ts';
import type { FencingToken as _mnemesh_v1_FencingToken, FencingToken__Output as _mnemesh_v1_FencingToken__Output } from './mnemesh/v1/FencingToken.ts';
import type { Key as _mnemesh_v1_Key, Key__Output as _mnemesh_v1_Key__Output } from './mnemesh/v1/Key.ts';
import type { KeyTuple as _mnemesh_v1_KeyTuple, KeyTuple__Output as _mnemesh_v1_KeyTuple__Output } from './mnemesh/v1/KeyTuple.ts';
import type { LockGranted as _mnemesh_v1_LockGranted, LockGranted__Output as _mnemesh_v1_LockGranted__Output } from './mnemesh/v1/LockGranted.ts';
import type { LockHolder as _mnemesh_v1_LockHolder, LockHolder__Output as _mnemesh_v1_LockHolder__Output } from './mnemesh/v1/LockHolder.ts';
import type { LockLost as _mnemesh_v1_LockLost, LockLost__Output as _mnemesh_v1_LockLost__Output } from './mnemesh/v1/LockLost.ts';
import type { LockServiceClient as _mnemesh_v1_LockServiceClient, LockServiceDefinition as _mnemesh_v1_LockServiceDefinition } from './mnemesh/v1/LockService.ts';
import type { LockServiceQueryRequest as _mnemesh_v1_LockServiceQueryRequest, LockServiceQueryRequest__Output as _mnemesh_v1_LockServiceQueryRequest__Output } from './mnemesh/v1/LockServiceQueryRequest.ts';
import type { LockServiceQueryResponse as _mnemesh_v1_LockServiceQueryResponse, LockServiceQueryResponse__Output as _mnemesh_v1_LockServiceQueryResponse__Output } from './mnemesh/v1/LockServiceQueryResponse.ts';
import type { LockStatus as _mnemesh_v1_LockStatus, LockStatus__Output as _mnemesh_v1_LockStatus__Output } from './mnemesh/v1/LockStatus.ts';
import type { ReleaseRequest as _mnemesh_v1_ReleaseRequest, ReleaseRequest__Output as _mnemesh_v1_ReleaseRequest__Output } from './mnemesh/v1/ReleaseRequest.ts';
import type { ReleaseResponse as _mnemesh_v1_ReleaseResponse, ReleaseResponse__Output as _mnemesh_v1_ReleaseResponse__Output } from './mnemesh/v1/ReleaseResponse.ts';
import type { Value as _mnemesh_v1_Value, Value__Output as _mnemesh_v1_Value__Output } from './mnemesh/v1/Value.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  mnemesh: {
    v1: {
      Ack: EnumTypeDefinition
      AcquireRequest: MessageTypeDefinition<_mnemesh_v1_AcquireRequest, _mnemesh_v1_AcquireRequest__Output>
      AcquireResponse: MessageTypeDefinition<_mnemesh_v1_AcquireResponse, _mnemesh_v1_AcquireResponse__Output>
      Consistency: EnumTypeDefinition
      Entry: MessageTypeDefinition<_mnemesh_v1_Entry, _mnemesh_v1_Entry__Output>
      FencingToken: MessageTypeDefinition<_mnemesh_v1_FencingToken, _mnemesh_v1_FencingToken__Output>
      Key: MessageTypeDefinition<_mnemesh_v1_Key, _mnemesh_v1_Key__Output>
      KeyTuple: MessageTypeDefinition<_mnemesh_v1_KeyTuple, _mnemesh_v1_KeyTuple__Output>
      LockGranted: MessageTypeDefinition<_mnemesh_v1_LockGranted, _mnemesh_v1_LockGranted__Output>
      LockHolder: MessageTypeDefinition<_mnemesh_v1_LockHolder, _mnemesh_v1_LockHolder__Output>
      LockLost: MessageTypeDefinition<_mnemesh_v1_LockLost, _mnemesh_v1_LockLost__Output>
      LockMode: EnumTypeDefinition
      LockService: SubtypeConstructor<typeof grpc.Client, _mnemesh_v1_LockServiceClient> & { service: _mnemesh_v1_LockServiceDefinition }
      LockServiceQueryRequest: MessageTypeDefinition<_mnemesh_v1_LockServiceQueryRequest, _mnemesh_v1_LockServiceQueryRequest__Output>
      LockServiceQueryResponse: MessageTypeDefinition<_mnemesh_v1_LockServiceQueryResponse, _mnemesh_v1_LockServiceQueryResponse__Output>
      LockStatus: MessageTypeDefinition<_mnemesh_v1_LockStatus, _mnemesh_v1_LockStatus__Output>
      ReleaseRequest: MessageTypeDefinition<_mnemesh_v1_ReleaseRequest, _mnemesh_v1_ReleaseRequest__Output>
      ReleaseResponse: MessageTypeDefinition<_mnemesh_v1_ReleaseResponse, _mnemesh_v1_ReleaseResponse__Output>
      Value: MessageTypeDefinition<_mnemesh_v1_Value, _mnemesh_v1_Value__Output>
      ValueFormat: EnumTypeDefinition
    }
  }
}


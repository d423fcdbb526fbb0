import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { CacheServiceClient as _mnemesh_v1_CacheServiceClient, CacheServiceDefinition as _mnemesh_v1_CacheServiceDefinition } from './mnemesh/v1/CacheService.ts';
import type { ClearRequest as _mnemesh_v1_ClearRequest, ClearRequest__Output as _mnemesh_v1_ClearRequest__Output } from './mnemesh/v1/ClearRequest.ts';
import type { ClearResponse as _mnemesh_v1_ClearResponse, ClearResponse__Output as _mnemesh_v1_ClearResponse__Output } from './mnemesh/v1/ClearResponse.ts';
import type { DeleteRequest as _mnemesh_v1_DeleteRequest, DeleteRequest__Output as _mnemesh_v1_DeleteRequest__Output } from './mnemesh/v1/DeleteRequest.ts';
import type { DeleteResponse as _mnemesh_v1_DeleteResponse, DeleteResponse__Output as _mnemesh_v1_DeleteResponse__Output } from './mnemesh/v1/DeleteResponse.ts';
import type { Entry as _mnemesh_v1_Entry, Entry__Output as _mnemesh_v1_Entry__Output } from './mnemesh/v1/Entry.ts';
import type { FencingToken as _mnemesh_v1_FencingToken, FencingToken__Output as _mnemesh_v1_FencingToken__Output } from './mnemesh/v1/FencingToken.ts';
import type { GetManyRequest as _mnemesh_v1_GetManyRequest, GetManyRequest__Output as _mnemesh_v1_GetManyRequest__Output } from './mnemesh/v1/GetManyRequest.ts';
import type { GetManyResponse as _mnemesh_v1_GetManyResponse, GetManyResponse__Output as _mnemesh_v1_GetManyResponse__Output } from './mnemesh/v1/GetManyResponse.ts';
import type { GetRequest as _mnemesh_v1_GetRequest, GetRequest__Output as _mnemesh_v1_GetRequest__Output } from './mnemesh/v1/GetRequest.ts';
import type { GetResponse as _mnemesh_v1_GetResponse, GetResponse__Output as _mnemesh_v1_GetResponse__Output } from './mnemesh/v1/GetResponse.ts';
import type { HasRequest as _mnemesh_v1_HasRequest, HasRequest__Output as _mnemesh_v1_HasRequest__Output } from './mnemesh/v1/HasRequest.ts';
import type { HasResponse as _mnemesh_v1_HasResponse, HasResponse__Output as _mnemesh_v1_HasResponse__Output } from './mnemesh/v1/HasResponse.ts';
import type { IncrementRequest as _mnemesh_v1_IncrementRequest, IncrementRequest__Output as _mnemesh_v1_IncrementRequest__Output } from './mnemesh/v1/IncrementRequest.ts';
import type { IncrementResponse as _mnemesh_v1_IncrementResponse, IncrementResponse__Output as _mnemesh_v1_IncrementResponse__Output } from './mnemesh/v1/IncrementResponse.ts';
import type { Key as _mnemesh_v1_Key, Key__Output as _mnemesh_v1_Key__Output } from './mnemesh/v1/Key.ts';
import type { KeyTuple as _mnemesh_v1_KeyTuple, KeyTuple__Output as _mnemesh_v1_KeyTuple__Output } from './mnemesh/v1/KeyTuple.ts';
import type { KeyValue as _mnemesh_v1_KeyValue, KeyValue__Output as _mnemesh_v1_KeyValue__Output } from './mnemesh/v1/KeyValue.ts';
import type { ScanRequest as _mnemesh_v1_ScanRequest, ScanRequest__Output as _mnemesh_v1_ScanRequest__Output } from './mnemesh/v1/ScanRequest.ts';
import type { ScanResponse as _mnemesh_v1_ScanResponse, ScanResponse__Output as _mnemesh_v1_ScanResponse__Output } from './mnemesh/v1/ScanResponse.ts';
import type { SessionRequest as _mnemesh_v1_SessionRequest, SessionRequest__Output as _mnemesh_v1_SessionRequest__Output } from './mnemesh/v1/SessionRequest.ts';
import type { SessionResponse as _mnemesh_v1_SessionResponse, SessionResponse__Output as _mnemesh_v1_SessionResponse__Output } from './mnemesh/v1/SessionResponse.ts';
import type { SetManyRequest as _mnemesh_v1_SetManyRequest, SetManyRequest__Output as _mnemesh_v1_SetManyRequest__Output } from './mnemesh/v1/SetManyRequest.ts';
import type { SetManyResponse as _mnemesh_v1_SetManyResponse, SetManyResponse__Output as _mnemesh_v1_SetManyResponse__Output } from './mnemesh/v1/SetManyResponse.ts';
import type { SetRequest as _mnemesh_v1_SetRequest, SetRequest__Output as _mnemesh_v1_SetRequest__Output } from './mnemesh/v1/SetRequest.ts';
import type { SetResponse as _mnemesh_v1_SetResponse, SetResponse__Output as _mnemesh_v1_SetResponse__Output } from './mnemesh/v1/SetResponse.ts';
import type { TouchRequest as _mnemesh_v1_TouchRequest, TouchRequest__Output as _mnemesh_v1_TouchRequest__Output } from './mnemesh/v1/TouchRequest.ts';
import type { TouchResponse as _mnemesh_v1_TouchResponse, TouchResponse__Output as _mnemesh_v1_TouchResponse__Output } from './mnemesh/v1/TouchResponse.ts';
import type { TransactGuard as _mnemesh_v1_TransactGuard, TransactGuard__Output as _mnemesh_v1_TransactGuard__Output } from './mnemesh/v1/TransactGuard.ts';
import type { TransactOperation as _mnemesh_v1_TransactOperation, TransactOperation__Output as _mnemesh_v1_TransactOperation__Output } from './mnemesh/v1/TransactOperation.ts';
import type { TransactOutcome as _mnemesh_v1_TransactOutcome, TransactOutcome__Output as _mnemesh_v1_TransactOutcome__Output } from './mnemesh/v1/TransactOutcome.ts';
import type { TransactRange as _mnemesh_v1_TransactRange, TransactRange__Output as _mnemesh_v1_TransactRange__Output } from './mnemesh/v1/TransactRange.ts';
import type { TransactRead as _mnemesh_v1_TransactRead, TransactRead__Output as _mnemesh_v1_TransactRead__Output } from './mnemesh/v1/TransactRead.ts';
import type { TransactRequest as _mnemesh_v1_TransactRequest, TransactRequest__Output as _mnemesh_v1_TransactRequest__Output } from './mnemesh/v1/TransactRequest.ts';
import type { TransactResponse as _mnemesh_v1_TransactResponse, TransactResponse__Output as _mnemesh_v1_TransactResponse__Output } from './mnemesh/v1/TransactResponse.ts';
import type { UpdateRequest as _mnemesh_v1_UpdateRequest, UpdateRequest__Output as _mnemesh_v1_UpdateRequest__Output } from './mnemesh/v1/UpdateRequest.ts';
import type { UpdateResponse as _mnemesh_v1_UpdateResponse, UpdateResponse__Output as _mnemesh_v1_UpdateResponse__Output } from './mnemesh/v1/UpdateResponse.ts';
import type { Value as _mnemesh_v1_Value, Value__Output as _mnemesh_v1_Value__Output } from './mnemesh/v1/Value.ts';
import type { WatchRequest as _mnemesh_v1_WatchRequest, WatchRequest__Output as _mnemesh_v1_WatchRequest__Output } from './mnemesh/v1/WatchRequest.ts';
import type { WatchResponse as _mnemesh_v1_WatchResponse, WatchResponse__Output as _mnemesh_v1_WatchResponse__Output } from './mnemesh/v1/WatchResponse.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  mnemesh: {
    v1: {
      Ack: EnumTypeDefinition
      CacheService: SubtypeConstructor<typeof grpc.Client, _mnemesh_v1_CacheServiceClient> & { service: _mnemesh_v1_CacheServiceDefinition }
      ChangeType: EnumTypeDefinition
      ClearRequest: MessageTypeDefinition<_mnemesh_v1_ClearRequest, _mnemesh_v1_ClearRequest__Output>
      ClearResponse: MessageTypeDefinition<_mnemesh_v1_ClearResponse, _mnemesh_v1_ClearResponse__Output>
      Consistency: EnumTypeDefinition
      DeleteRequest: MessageTypeDefinition<_mnemesh_v1_DeleteRequest, _mnemesh_v1_DeleteRequest__Output>
      DeleteResponse: MessageTypeDefinition<_mnemesh_v1_DeleteResponse, _mnemesh_v1_DeleteResponse__Output>
      Entry: MessageTypeDefinition<_mnemesh_v1_Entry, _mnemesh_v1_Entry__Output>
      FencingToken: MessageTypeDefinition<_mnemesh_v1_FencingToken, _mnemesh_v1_FencingToken__Output>
      GetManyRequest: MessageTypeDefinition<_mnemesh_v1_GetManyRequest, _mnemesh_v1_GetManyRequest__Output>
      GetManyResponse: MessageTypeDefinition<_mnemesh_v1_GetManyResponse, _mnemesh_v1_GetManyResponse__Output>
      GetRequest: MessageTypeDefinition<_mnemesh_v1_GetRequest, _mnemesh_v1_GetRequest__Output>
      GetResponse: MessageTypeDefinition<_mnemesh_v1_GetResponse, _mnemesh_v1_GetResponse__Output>
      HasRequest: MessageTypeDefinition<_mnemesh_v1_HasRequest, _mnemesh_v1_HasRequest__Output>
      HasResponse: MessageTypeDefinition<_mnemesh_v1_HasResponse, _mnemesh_v1_HasResponse__Output>
      IncrementRequest: MessageTypeDefinition<_mnemesh_v1_IncrementRequest, _mnemesh_v1_IncrementRequest__Output>
      IncrementResponse: MessageTypeDefinition<_mnemesh_v1_IncrementResponse, _mnemesh_v1_IncrementResponse__Output>
      Key: MessageTypeDefinition<_mnemesh_v1_Key, _mnemesh_v1_Key__Output>
      KeyTuple: MessageTypeDefinition<_mnemesh_v1_KeyTuple, _mnemesh_v1_KeyTuple__Output>
      KeyValue: MessageTypeDefinition<_mnemesh_v1_KeyValue, _mnemesh_v1_KeyValue__Output>
      OperationType: EnumTypeDefinition
      ScanRequest: MessageTypeDefinition<_mnemesh_v1_ScanRequest, _mnemesh_v1_ScanRequest__Output>
      ScanResponse: MessageTypeDefinition<_mnemesh_v1_ScanResponse, _mnemesh_v1_ScanResponse__Output>
      SessionRequest: MessageTypeDefinition<_mnemesh_v1_SessionRequest, _mnemesh_v1_SessionRequest__Output>
      SessionResponse: MessageTypeDefinition<_mnemesh_v1_SessionResponse, _mnemesh_v1_SessionResponse__Output>
      SetManyRequest: MessageTypeDefinition<_mnemesh_v1_SetManyRequest, _mnemesh_v1_SetManyRequest__Output>
      SetManyResponse: MessageTypeDefinition<_mnemesh_v1_SetManyResponse, _mnemesh_v1_SetManyResponse__Output>
      SetRequest: MessageTypeDefinition<_mnemesh_v1_SetRequest, _mnemesh_v1_SetRequest__Output>
      SetResponse: MessageTypeDefinition<_mnemesh_v1_SetResponse, _mnemesh_v1_SetResponse__Output>
      TouchRequest: MessageTypeDefinition<_mnemesh_v1_TouchRequest, _mnemesh_v1_TouchRequest__Output>
      TouchResponse: MessageTypeDefinition<_mnemesh_v1_TouchResponse, _mnemesh_v1_TouchResponse__Output>
      TransactGuard: MessageTypeDefinition<_mnemesh_v1_TransactGuard, _mnemesh_v1_TransactGuard__Output>
      TransactOperation: MessageTypeDefinition<_mnemesh_v1_TransactOperation, _mnemesh_v1_TransactOperation__Output>
      TransactOutcome: MessageTypeDefinition<_mnemesh_v1_TransactOutcome, _mnemesh_v1_TransactOutcome__Output>
      TransactRange: MessageTypeDefinition<_mnemesh_v1_TransactRange, _mnemesh_v1_TransactRange__Output>
      TransactRead: MessageTypeDefinition<_mnemesh_v1_TransactRead, _mnemesh_v1_TransactRead__Output>
      TransactRequest: MessageTypeDefinition<_mnemesh_v1_TransactRequest, _mnemesh_v1_TransactRequest__Output>
      TransactResponse: MessageTypeDefinition<_mnemesh_v1_TransactResponse, _mnemesh_v1_TransactResponse__Output>
      UpdateRequest: MessageTypeDefinition<_mnemesh_v1_UpdateRequest, _mnemesh_v1_UpdateRequest__Output>
      UpdateResponse: MessageTypeDefinition<_mnemesh_v1_UpdateResponse, _mnemesh_v1_UpdateResponse__Output>
      Value: MessageTypeDefinition<_mnemesh_v1_Value, _mnemesh_v1_Value__Output>
      ValueFormat: EnumTypeDefinition
      WatchRequest: MessageTypeDefinition<_mnemesh_v1_WatchRequest, _mnemesh_v1_WatchRequest__Output>
      WatchResponse: MessageTypeDefinition<_mnemesh_v1_WatchResponse, _mnemesh_v1_WatchResponse__Output>
    }
  }
}


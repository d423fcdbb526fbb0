// Made by `npm run generate` from proto/.

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ClearRequest as _mnemesh_v1_ClearRequest, ClearRequest__Output as _mnemesh_v1_ClearRequest__Output } from '../../mnemesh/v1/ClearRequest.ts';
import type { ClearResponse as _mnemesh_v1_ClearResponse, ClearResponse__Output as _mnemesh_v1_ClearResponse__Output } from '../../mnemesh/v1/ClearResponse.ts';
import type { DeleteRequest as _mnemesh_v1_DeleteRequest, DeleteRequest__Output as _mnemesh_v1_DeleteRequest__Output } from '../../mnemesh/v1/DeleteRequest.ts';
import type { DeleteResponse as _mnemesh_v1_DeleteResponse, DeleteResponse__Output as _mnemesh_v1_DeleteResponse__Output } from '../../mnemesh/v1/DeleteResponse.ts';
import type { GetManyRequest as _mnemesh_v1_GetManyRequest, GetManyRequest__Output as _mnemesh_v1_GetManyRequest__Output } from '../../mnemesh/v1/GetManyRequest.ts';
import type { GetManyResponse as _mnemesh_v1_GetManyResponse, GetManyResponse__Output as _mnemesh_v1_GetManyResponse__Output } from '../../mnemesh/v1/GetManyResponse.ts';
import type { GetRequest as _mnemesh_v1_GetRequest, GetRequest__Output as _mnemesh_v1_GetRequest__Output } from '../../mnemesh/v1/GetRequest.ts';
import type { GetResponse as _mnemesh_v1_GetResponse, GetResponse__Output as _mnemesh_v1_GetResponse__Output } from '../../mnemesh/v1/GetResponse.ts';
import type { HasRequest as _mnemesh_v1_HasRequest, HasRequest__Output as _mnemesh_v1_HasRequest__Output } from '../../mnemesh/v1/HasRequest.ts';
import type { HasResponse as _mnemesh_v1_HasResponse, HasResponse__Output as _mnemesh_v1_HasResponse__Output } from '../../mnemesh/v1/HasResponse.ts';
import type { IncrementRequest as _mnemesh_v1_IncrementRequest, IncrementRequest__Output as _mnemesh_v1_IncrementRequest__Output } from '../../mnemesh/v1/IncrementRequest.ts';
import type { IncrementResponse as _mnemesh_v1_IncrementResponse, IncrementResponse__Output as _mnemesh_v1_IncrementResponse__Output } from '../../mnemesh/v1/IncrementResponse.ts';
import type { ScanRequest as _mnemesh_v1_ScanRequest, ScanRequest__Output as _mnemesh_v1_ScanRequest__Output } from '../../mnemesh/v1/ScanRequest.ts';
import type { ScanResponse as _mnemesh_v1_ScanResponse, ScanResponse__Output as _mnemesh_v1_ScanResponse__Output } from '../../mnemesh/v1/ScanResponse.ts';
import type { SessionRequest as _mnemesh_v1_SessionRequest, SessionRequest__Output as _mnemesh_v1_SessionRequest__Output } from '../../mnemesh/v1/SessionRequest.ts';
import type { SessionResponse as _mnemesh_v1_SessionResponse, SessionResponse__Output as _mnemesh_v1_SessionResponse__Output } from '../../mnemesh/v1/SessionResponse.ts';
import type { SetManyRequest as _mnemesh_v1_SetManyRequest, SetManyRequest__Output as _mnemesh_v1_SetManyRequest__Output } from '../../mnemesh/v1/SetManyRequest.ts';
import type { SetManyResponse as _mnemesh_v1_SetManyResponse, SetManyResponse__Output as _mnemesh_v1_SetManyResponse__Output } from '../../mnemesh/v1/SetManyResponse.ts';
import type { SetRequest as _mnemesh_v1_SetRequest, SetRequest__Output as _mnemesh_v1_SetRequest__Output } from '../../mnemesh/v1/SetRequest.ts';
import type { SetResponse as _mnemesh_v1_SetResponse, SetResponse__Output as _mnemesh_v1_SetResponse__Output } from '../../mnemesh/v1/SetResponse.ts';
import type { TouchRequest as _mnemesh_v1_TouchRequest, TouchRequest__Output as _mnemesh_v1_TouchRequest__Output } from '../../mnemesh/v1/TouchRequest.ts';
import type { TouchResponse as _mnemesh_v1_TouchResponse, TouchResponse__Output as _mnemesh_v1_TouchResponse__Output } from '../../mnemesh/v1/TouchResponse.ts';
import type { TransactRequest as _mnemesh_v1_TransactRequest, TransactRequest__Output as _mnemesh_v1_TransactRequest__Output } from '../../mnemesh/v1/TransactRequest.ts';
import type { TransactResponse as _mnemesh_v1_TransactResponse, TransactResponse__Output as _mnemesh_v1_TransactResponse__Output } from '../../mnemesh/v1/TransactResponse.ts';
import type { UpdateRequest as _mnemesh_v1_UpdateRequest, UpdateRequest__Output as _mnemesh_v1_UpdateRequest__Output } from '../../mnemesh/v1/UpdateRequest.ts';
import type { UpdateResponse as _mnemesh_v1_UpdateResponse, UpdateResponse__Output as _mnemesh_v1_UpdateResponse__Output } from '../../mnemesh/v1/UpdateResponse.ts';
import type { WatchRequest as _mnemesh_v1_WatchRequest, WatchRequest__Output as _mnemesh_v1_WatchRequest__Output } from '../../mnemesh/v1/WatchRequest.ts';
import type { WatchResponse as _mnemesh_v1_WatchResponse, WatchResponse__Output as _mnemesh_v1_WatchResponse__Output } from '../../mnemesh/v1/WatchResponse.ts';

export interface CacheServiceClient extends grpc.Client {
  Clear(argument: _mnemesh_v1_ClearRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ClearResponse__Output>): grpc.ClientUnaryCall;
  Clear(argument: _mnemesh_v1_ClearRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_ClearResponse__Output>): grpc.ClientUnaryCall;
  Clear(argument: _mnemesh_v1_ClearRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ClearResponse__Output>): grpc.ClientUnaryCall;
  Clear(argument: _mnemesh_v1_ClearRequest, callback: grpc.requestCallback<_mnemesh_v1_ClearResponse__Output>): grpc.ClientUnaryCall;
  clear(argument: _mnemesh_v1_ClearRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ClearResponse__Output>): grpc.ClientUnaryCall;
  clear(argument: _mnemesh_v1_ClearRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_ClearResponse__Output>): grpc.ClientUnaryCall;
  clear(argument: _mnemesh_v1_ClearRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ClearResponse__Output>): grpc.ClientUnaryCall;
  clear(argument: _mnemesh_v1_ClearRequest, callback: grpc.requestCallback<_mnemesh_v1_ClearResponse__Output>): grpc.ClientUnaryCall;
  
  Delete(argument: _mnemesh_v1_DeleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  Delete(argument: _mnemesh_v1_DeleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  Delete(argument: _mnemesh_v1_DeleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  Delete(argument: _mnemesh_v1_DeleteRequest, callback: grpc.requestCallback<_mnemesh_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _mnemesh_v1_DeleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _mnemesh_v1_DeleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _mnemesh_v1_DeleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _mnemesh_v1_DeleteRequest, callback: grpc.requestCallback<_mnemesh_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  
  Get(argument: _mnemesh_v1_GetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _mnemesh_v1_GetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _mnemesh_v1_GetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _mnemesh_v1_GetRequest, callback: grpc.requestCallback<_mnemesh_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _mnemesh_v1_GetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _mnemesh_v1_GetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _mnemesh_v1_GetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _mnemesh_v1_GetRequest, callback: grpc.requestCallback<_mnemesh_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  
  GetMany(argument: _mnemesh_v1_GetManyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_GetManyResponse__Output>): grpc.ClientUnaryCall;
  GetMany(argument: _mnemesh_v1_GetManyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_GetManyResponse__Output>): grpc.ClientUnaryCall;
  GetMany(argument: _mnemesh_v1_GetManyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_GetManyResponse__Output>): grpc.ClientUnaryCall;
  GetMany(argument: _mnemesh_v1_GetManyRequest, callback: grpc.requestCallback<_mnemesh_v1_GetManyResponse__Output>): grpc.ClientUnaryCall;
  getMany(argument: _mnemesh_v1_GetManyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_GetManyResponse__Output>): grpc.ClientUnaryCall;
  getMany(argument: _mnemesh_v1_GetManyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_GetManyResponse__Output>): grpc.ClientUnaryCall;
  getMany(argument: _mnemesh_v1_GetManyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_GetManyResponse__Output>): grpc.ClientUnaryCall;
  getMany(argument: _mnemesh_v1_GetManyRequest, callback: grpc.requestCallback<_mnemesh_v1_GetManyResponse__Output>): grpc.ClientUnaryCall;
  
  Has(argument: _mnemesh_v1_HasRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_HasResponse__Output>): grpc.ClientUnaryCall;
  Has(argument: _mnemesh_v1_HasRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_HasResponse__Output>): grpc.ClientUnaryCall;
  Has(argument: _mnemesh_v1_HasRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_HasResponse__Output>): grpc.ClientUnaryCall;
  Has(argument: _mnemesh_v1_HasRequest, callback: grpc.requestCallback<_mnemesh_v1_HasResponse__Output>): grpc.ClientUnaryCall;
  has(argument: _mnemesh_v1_HasRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_HasResponse__Output>): grpc.ClientUnaryCall;
  has(argument: _mnemesh_v1_HasRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_HasResponse__Output>): grpc.ClientUnaryCall;
  has(argument: _mnemesh_v1_HasRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_HasResponse__Output>): grpc.ClientUnaryCall;
  has(argument: _mnemesh_v1_HasRequest, callback: grpc.requestCallback<_mnemesh_v1_HasResponse__Output>): grpc.ClientUnaryCall;
  
  Increment(argument: _mnemesh_v1_IncrementRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_IncrementResponse__Output>): grpc.ClientUnaryCall;
  Increment(argument: _mnemesh_v1_IncrementRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_IncrementResponse__Output>): grpc.ClientUnaryCall;
  Increment(argument: _mnemesh_v1_IncrementRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_IncrementResponse__Output>): grpc.ClientUnaryCall;
  Increment(argument: _mnemesh_v1_IncrementRequest, callback: grpc.requestCallback<_mnemesh_v1_IncrementResponse__Output>): grpc.ClientUnaryCall;
  increment(argument: _mnemesh_v1_IncrementRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_IncrementResponse__Output>): grpc.ClientUnaryCall;
  increment(argument: _mnemesh_v1_IncrementRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_IncrementResponse__Output>): grpc.ClientUnaryCall;
  increment(argument: _mnemesh_v1_IncrementRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_IncrementResponse__Output>): grpc.ClientUnaryCall;
  increment(argument: _mnemesh_v1_IncrementRequest, callback: grpc.requestCallback<_mnemesh_v1_IncrementResponse__Output>): grpc.ClientUnaryCall;
  
  Scan(argument: _mnemesh_v1_ScanRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_ScanResponse__Output>;
  Scan(argument: _mnemesh_v1_ScanRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_ScanResponse__Output>;
  scan(argument: _mnemesh_v1_ScanRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_ScanResponse__Output>;
  scan(argument: _mnemesh_v1_ScanRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_ScanResponse__Output>;
  
  Session(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_mnemesh_v1_SessionRequest, _mnemesh_v1_SessionResponse__Output>;
  Session(options?: grpc.CallOptions): grpc.ClientDuplexStream<_mnemesh_v1_SessionRequest, _mnemesh_v1_SessionResponse__Output>;
  session(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_mnemesh_v1_SessionRequest, _mnemesh_v1_SessionResponse__Output>;
  session(options?: grpc.CallOptions): grpc.ClientDuplexStream<_mnemesh_v1_SessionRequest, _mnemesh_v1_SessionResponse__Output>;
  
  Set(argument: _mnemesh_v1_SetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_SetResponse__Output>): grpc.ClientUnaryCall;
  Set(argument: _mnemesh_v1_SetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_SetResponse__Output>): grpc.ClientUnaryCall;
  Set(argument: _mnemesh_v1_SetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_SetResponse__Output>): grpc.ClientUnaryCall;
  Set(argument: _mnemesh_v1_SetRequest, callback: grpc.requestCallback<_mnemesh_v1_SetResponse__Output>): grpc.ClientUnaryCall;
  set(argument: _mnemesh_v1_SetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_SetResponse__Output>): grpc.ClientUnaryCall;
  set(argument: _mnemesh_v1_SetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_SetResponse__Output>): grpc.ClientUnaryCall;
  set(argument: _mnemesh_v1_SetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_SetResponse__Output>): grpc.ClientUnaryCall;
  set(argument: _mnemesh_v1_SetRequest, callback: grpc.requestCallback<_mnemesh_v1_SetResponse__Output>): grpc.ClientUnaryCall;
  
  SetMany(argument: _mnemesh_v1_SetManyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_SetManyResponse__Output>): grpc.ClientUnaryCall;
  SetMany(argument: _mnemesh_v1_SetManyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_SetManyResponse__Output>): grpc.ClientUnaryCall;
  SetMany(argument: _mnemesh_v1_SetManyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_SetManyResponse__Output>): grpc.ClientUnaryCall;
  SetMany(argument: _mnemesh_v1_SetManyRequest, callback: grpc.requestCallback<_mnemesh_v1_SetManyResponse__Output>): grpc.ClientUnaryCall;
  setMany(argument: _mnemesh_v1_SetManyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_SetManyResponse__Output>): grpc.ClientUnaryCall;
  setMany(argument: _mnemesh_v1_SetManyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_SetManyResponse__Output>): grpc.ClientUnaryCall;
  setMany(argument: _mnemesh_v1_SetManyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_SetManyResponse__Output>): grpc.ClientUnaryCall;
  setMany(argument: _mnemesh_v1_SetManyRequest, callback: grpc.requestCallback<_mnemesh_v1_SetManyResponse__Output>): grpc.ClientUnaryCall;
  
  Touch(argument: _mnemesh_v1_TouchRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_TouchResponse__Output>): grpc.ClientUnaryCall;
  Touch(argument: _mnemesh_v1_TouchRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_TouchResponse__Output>): grpc.ClientUnaryCall;
  Touch(argument: _mnemesh_v1_TouchRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_TouchResponse__Output>): grpc.ClientUnaryCall;
  Touch(argument: _mnemesh_v1_TouchRequest, callback: grpc.requestCallback<_mnemesh_v1_TouchResponse__Output>): grpc.ClientUnaryCall;
  touch(argument: _mnemesh_v1_TouchRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_TouchResponse__Output>): grpc.ClientUnaryCall;
  touch(argument: _mnemesh_v1_TouchRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_TouchResponse__Output>): grpc.ClientUnaryCall;
  touch(argument: _mnemesh_v1_TouchRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_TouchResponse__Output>): grpc.ClientUnaryCall;
  touch(argument: _mnemesh_v1_TouchRequest, callback: grpc.requestCallback<_mnemesh_v1_TouchResponse__Output>): grpc.ClientUnaryCall;
  
  Transact(argument: _mnemesh_v1_TransactRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_TransactResponse__Output>): grpc.ClientUnaryCall;
  Transact(argument: _mnemesh_v1_TransactRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_TransactResponse__Output>): grpc.ClientUnaryCall;
  Transact(argument: _mnemesh_v1_TransactRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_TransactResponse__Output>): grpc.ClientUnaryCall;
  Transact(argument: _mnemesh_v1_TransactRequest, callback: grpc.requestCallback<_mnemesh_v1_TransactResponse__Output>): grpc.ClientUnaryCall;
  transact(argument: _mnemesh_v1_TransactRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_TransactResponse__Output>): grpc.ClientUnaryCall;
  transact(argument: _mnemesh_v1_TransactRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_TransactResponse__Output>): grpc.ClientUnaryCall;
  transact(argument: _mnemesh_v1_TransactRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_TransactResponse__Output>): grpc.ClientUnaryCall;
  transact(argument: _mnemesh_v1_TransactRequest, callback: grpc.requestCallback<_mnemesh_v1_TransactResponse__Output>): grpc.ClientUnaryCall;
  
  Update(argument: _mnemesh_v1_UpdateRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_UpdateResponse__Output>): grpc.ClientUnaryCall;
  Update(argument: _mnemesh_v1_UpdateRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_UpdateResponse__Output>): grpc.ClientUnaryCall;
  Update(argument: _mnemesh_v1_UpdateRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_UpdateResponse__Output>): grpc.ClientUnaryCall;
  Update(argument: _mnemesh_v1_UpdateRequest, callback: grpc.requestCallback<_mnemesh_v1_UpdateResponse__Output>): grpc.ClientUnaryCall;
  update(argument: _mnemesh_v1_UpdateRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_UpdateResponse__Output>): grpc.ClientUnaryCall;
  update(argument: _mnemesh_v1_UpdateRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_UpdateResponse__Output>): grpc.ClientUnaryCall;
  update(argument: _mnemesh_v1_UpdateRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_UpdateResponse__Output>): grpc.ClientUnaryCall;
  update(argument: _mnemesh_v1_UpdateRequest, callback: grpc.requestCallback<_mnemesh_v1_UpdateResponse__Output>): grpc.ClientUnaryCall;
  
  Watch(argument: _mnemesh_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_WatchResponse__Output>;
  Watch(argument: _mnemesh_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_WatchResponse__Output>;
  watch(argument: _mnemesh_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_WatchResponse__Output>;
  watch(argument: _mnemesh_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_WatchResponse__Output>;
  
}

export interface CacheServiceHandlers extends grpc.UntypedServiceImplementation {
  Clear: grpc.handleUnaryCall<_mnemesh_v1_ClearRequest__Output, _mnemesh_v1_ClearResponse>;
  
  Delete: grpc.handleUnaryCall<_mnemesh_v1_DeleteRequest__Output, _mnemesh_v1_DeleteResponse>;
  
  Get: grpc.handleUnaryCall<_mnemesh_v1_GetRequest__Output, _mnemesh_v1_GetResponse>;
  
  GetMany: grpc.handleUnaryCall<_mnemesh_v1_GetManyRequest__Output, _mnemesh_v1_GetManyResponse>;
  
  Has: grpc.handleUnaryCall<_mnemesh_v1_HasRequest__Output, _mnemesh_v1_HasResponse>;
  
  Increment: grpc.handleUnaryCall<_mnemesh_v1_IncrementRequest__Output, _mnemesh_v1_IncrementResponse>;
  
  Scan: grpc.handleServerStreamingCall<_mnemesh_v1_ScanRequest__Output, _mnemesh_v1_ScanResponse>;
  
  Session: grpc.handleBidiStreamingCall<_mnemesh_v1_SessionRequest__Output, _mnemesh_v1_SessionResponse>;
  
  Set: grpc.handleUnaryCall<_mnemesh_v1_SetRequest__Output, _mnemesh_v1_SetResponse>;
  
  SetMany: grpc.handleUnaryCall<_mnemesh_v1_SetManyRequest__Output, _mnemesh_v1_SetManyResponse>;
  
  Touch: grpc.handleUnaryCall<_mnemesh_v1_TouchRequest__Output, _mnemesh_v1_TouchResponse>;
  
  Transact: grpc.handleUnaryCall<_mnemesh_v1_TransactRequest__Output, _mnemesh_v1_TransactResponse>;
  
  Update: grpc.handleUnaryCall<_mnemesh_v1_UpdateRequest__Output, _mnemesh_v1_UpdateResponse>;
  
  Watch: grpc.handleServerStreamingCall<_mnemesh_v1_WatchRequest__Output, _mnemesh_v1_WatchResponse>;
  
}

export interface CacheServiceDefinition extends grpc.ServiceDefinition {
  Clear: MethodDefinition<_mnemesh_v1_ClearRequest, _mnemesh_v1_ClearResponse, _mnemesh_v1_ClearRequest__Output, _mnemesh_v1_ClearResponse__Output>
  Delete: MethodDefinition<_mnemesh_v1_DeleteRequest, _mnemesh_v1_DeleteResponse, _mnemesh_v1_DeleteRequest__Output, _mnemesh_v1_DeleteResponse__Output>
  Get: MethodDefinition<_mnemesh_v1_GetRequest, _mnemesh_v1_GetResponse, _mnemesh_v1_GetRequest__Output, _mnemesh_v1_GetResponse__Output>
  GetMany: MethodDefinition<_mnemesh_v1_GetManyRequest, _mnemesh_v1_GetManyResponse, _mnemesh_v1_GetManyRequest__Output, _mnemesh_v1_GetManyResponse__Output>
  Has: MethodDefinition<_mnemesh_v1_HasRequest, _mnemesh_v1_HasResponse, _mnemesh_v1_HasRequest__Output, _mnemesh_v1_HasResponse__Output>
  Increment: MethodDefinition<_mnemesh_v1_IncrementRequest, _mnemesh_v1_IncrementResponse, _mnemesh_v1_IncrementRequest__Output, _mnemesh_v1_IncrementResponse__Output>
  Scan: MethodDefinition<_mnemesh_v1_ScanRequest, _mnemesh_v1_ScanResponse, _mnemesh_v1_ScanRequest__Output, _mnemesh_v1_ScanResponse__Output>
  Session: MethodDefinition<_mnemesh_v1_SessionRequest, _mnemesh_v1_SessionResponse, _mnemesh_v1_SessionRequest__Output, _mnemesh_v1_SessionResponse__Output>
  Set: MethodDefinition<_mnemesh_v1_SetRequest, _mnemesh_v1_SetResponse, _mnemesh_v1_SetRequest__Output, _mnemesh_v1_SetResponse__Output>
  SetMany: MethodDefinition<_mnemesh_v1_SetManyRequest, _mnemesh_v1_SetManyResponse, _mnemesh_v1_SetManyRequest__Output, _mnemesh_v1_SetManyResponse__Output>
  Touch: MethodDefinition<_mnemesh_v1_TouchRequest, _mnemesh_v1_TouchResponse, _mnemesh_v1_TouchRequest__Output, _mnemesh_v1_TouchResponse__Output>
  Transact: MethodDefinition<_mnemesh_v1_TransactRequest, _mnemesh_v1_TransactResponse, _mnemesh_v1_TransactRequest__Output, _mnemesh_v1_TransactResponse__Output>
  Update: MethodDefinition<_mnemesh_v1_UpdateRequest, _mnemesh_v1_UpdateResponse, _mnemesh_v1_UpdateRequest__Output, _mnemesh_v1_UpdateResponse__Output>
  Watch: MethodDefinition<_mnemesh_v1_WatchRequest, _mnemesh_v1_WatchResponse, _mnemesh_v1_WatchRequest__Output, _mnemesh_v1_WatchResponse__Output>
}

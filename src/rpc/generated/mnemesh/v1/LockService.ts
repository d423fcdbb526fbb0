// Made by `npm run generate` from proto/.

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AcquireRequest as _mnemesh_v1_AcquireRequest, AcquireRequest__Output as _mnemesh_v1_AcquireRequest__Output } from '../../mnemesh/v1/AcquireRequest.ts';
import type { AcquireResponse as _mnemesh_v1_AcquireResponse, AcquireResponse__Output as _mnemesh_v1_AcquireResponse__Output } from '../../mnemesh/v1/AcquireResponse.ts';
import type { LockServiceQueryRequest as _mnemesh_v1_LockServiceQueryRequest, LockServiceQueryRequest__Output as _mnemesh_v1_LockServiceQueryRequest__Output } from '../../mnemesh/v1/LockServiceQueryRequest.ts';
import type { LockServiceQueryResponse as _mnemesh_v1_LockServiceQueryResponse, LockServiceQueryResponse__Output as _mnemesh_v1_LockServiceQueryResponse__Output } from '../../mnemesh/v1/LockServiceQueryResponse.ts';
import type { ReleaseRequest as _mnemesh_v1_ReleaseRequest, ReleaseRequest__Output as _mnemesh_v1_ReleaseRequest__Output } from '../../mnemesh/v1/ReleaseRequest.ts';
import type { ReleaseResponse as _mnemesh_v1_ReleaseResponse, ReleaseResponse__Output as _mnemesh_v1_ReleaseResponse__Output } from '../../mnemesh/v1/ReleaseResponse.ts';

export interface LockServiceClient extends grpc.Client {
  Acquire(argument: _mnemesh_v1_AcquireRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_AcquireResponse__Output>;
  Acquire(argument: _mnemesh_v1_AcquireRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_AcquireResponse__Output>;
  acquire(argument: _mnemesh_v1_AcquireRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_AcquireResponse__Output>;
  acquire(argument: _mnemesh_v1_AcquireRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_AcquireResponse__Output>;
  
  Query(argument: _mnemesh_v1_LockServiceQueryRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_LockServiceQueryResponse__Output>): grpc.ClientUnaryCall;
  Query(argument: _mnemesh_v1_LockServiceQueryRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_LockServiceQueryResponse__Output>): grpc.ClientUnaryCall;
  Query(argument: _mnemesh_v1_LockServiceQueryRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_LockServiceQueryResponse__Output>): grpc.ClientUnaryCall;
  Query(argument: _mnemesh_v1_LockServiceQueryRequest, callback: grpc.requestCallback<_mnemesh_v1_LockServiceQueryResponse__Output>): grpc.ClientUnaryCall;
  query(argument: _mnemesh_v1_LockServiceQueryRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_LockServiceQueryResponse__Output>): grpc.ClientUnaryCall;
  query(argument: _mnemesh_v1_LockServiceQueryRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_LockServiceQueryResponse__Output>): grpc.ClientUnaryCall;
  query(argument: _mnemesh_v1_LockServiceQueryRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_LockServiceQueryResponse__Output>): grpc.ClientUnaryCall;
  query(argument: _mnemesh_v1_LockServiceQueryRequest, callback: grpc.requestCallback<_mnemesh_v1_LockServiceQueryResponse__Output>): grpc.ClientUnaryCall;
  
  Release(argument: _mnemesh_v1_ReleaseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  Release(argument: _mnemesh_v1_ReleaseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  Release(argument: _mnemesh_v1_ReleaseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  Release(argument: _mnemesh_v1_ReleaseRequest, callback: grpc.requestCallback<_mnemesh_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  release(argument: _mnemesh_v1_ReleaseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  release(argument: _mnemesh_v1_ReleaseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  release(argument: _mnemesh_v1_ReleaseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  release(argument: _mnemesh_v1_ReleaseRequest, callback: grpc.requestCallback<_mnemesh_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface LockServiceHandlers extends grpc.UntypedServiceImplementation {
  Acquire: grpc.handleServerStreamingCall<_mnemesh_v1_AcquireRequest__Output, _mnemesh_v1_AcquireResponse>;
  
  Query: grpc.handleUnaryCall<_mnemesh_v1_LockServiceQueryRequest__Output, _mnemesh_v1_LockServiceQueryResponse>;
  
  Release: grpc.handleUnaryCall<_mnemesh_v1_ReleaseRequest__Output, _mnemesh_v1_ReleaseResponse>;
  
}

export interface LockServiceDefinition extends grpc.ServiceDefinition {
  Acquire: MethodDefinition<_mnemesh_v1_AcquireRequest, _mnemesh_v1_AcquireResponse, _mnemesh_v1_AcquireRequest__Output, _mnemesh_v1_AcquireResponse__Output>
  Query: MethodDefinition<_mnemesh_v1_LockServiceQueryRequest, _mnemesh_v1_LockServiceQueryResponse, _mnemesh_v1_LockServiceQueryRequest__Output, _mnemesh_v1_LockServiceQueryResponse__Output>
  Release: MethodDefinition<_mnemesh_v1_ReleaseRequest, _mnemesh_v1_ReleaseResponse, _mnemesh_v1_ReleaseRequest__Output, _mnemesh_v1_ReleaseResponse__Output>
}

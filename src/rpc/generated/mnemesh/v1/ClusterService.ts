// Made by `npm run generate` from proto/.

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ClusterStatusRequest as _mnemesh_v1_ClusterStatusRequest, ClusterStatusRequest__Output as _mnemesh_v1_ClusterStatusRequest__Output } from '../../mnemesh/v1/ClusterStatusRequest.ts';
import type { ClusterStatusResponse as _mnemesh_v1_ClusterStatusResponse, ClusterStatusResponse__Output as _mnemesh_v1_ClusterStatusResponse__Output } from '../../mnemesh/v1/ClusterStatusResponse.ts';
import type { JoinRequest as _mnemesh_v1_JoinRequest, JoinRequest__Output as _mnemesh_v1_JoinRequest__Output } from '../../mnemesh/v1/JoinRequest.ts';
import type { JoinResponse as _mnemesh_v1_JoinResponse, JoinResponse__Output as _mnemesh_v1_JoinResponse__Output } from '../../mnemesh/v1/JoinResponse.ts';
import type { LeaveRequest as _mnemesh_v1_LeaveRequest, LeaveRequest__Output as _mnemesh_v1_LeaveRequest__Output } from '../../mnemesh/v1/LeaveRequest.ts';
import type { LeaveResponse as _mnemesh_v1_LeaveResponse, LeaveResponse__Output as _mnemesh_v1_LeaveResponse__Output } from '../../mnemesh/v1/LeaveResponse.ts';
import type { ListDumpsRequest as _mnemesh_v1_ListDumpsRequest, ListDumpsRequest__Output as _mnemesh_v1_ListDumpsRequest__Output } from '../../mnemesh/v1/ListDumpsRequest.ts';
import type { ListDumpsResponse as _mnemesh_v1_ListDumpsResponse, ListDumpsResponse__Output as _mnemesh_v1_ListDumpsResponse__Output } from '../../mnemesh/v1/ListDumpsResponse.ts';
import type { ReadDumpRequest as _mnemesh_v1_ReadDumpRequest, ReadDumpRequest__Output as _mnemesh_v1_ReadDumpRequest__Output } from '../../mnemesh/v1/ReadDumpRequest.ts';
import type { ReadDumpResponse as _mnemesh_v1_ReadDumpResponse, ReadDumpResponse__Output as _mnemesh_v1_ReadDumpResponse__Output } from '../../mnemesh/v1/ReadDumpResponse.ts';
import type { ReceiptsRequest as _mnemesh_v1_ReceiptsRequest, ReceiptsRequest__Output as _mnemesh_v1_ReceiptsRequest__Output } from '../../mnemesh/v1/ReceiptsRequest.ts';
import type { ReceiptsResponse as _mnemesh_v1_ReceiptsResponse, ReceiptsResponse__Output as _mnemesh_v1_ReceiptsResponse__Output } from '../../mnemesh/v1/ReceiptsResponse.ts';
import type { RecoverRequest as _mnemesh_v1_RecoverRequest, RecoverRequest__Output as _mnemesh_v1_RecoverRequest__Output } from '../../mnemesh/v1/RecoverRequest.ts';
import type { RecoverResponse as _mnemesh_v1_RecoverResponse, RecoverResponse__Output as _mnemesh_v1_RecoverResponse__Output } from '../../mnemesh/v1/RecoverResponse.ts';
import type { WaitForTablesRequest as _mnemesh_v1_WaitForTablesRequest, WaitForTablesRequest__Output as _mnemesh_v1_WaitForTablesRequest__Output } from '../../mnemesh/v1/WaitForTablesRequest.ts';
import type { WaitForTablesResponse as _mnemesh_v1_WaitForTablesResponse, WaitForTablesResponse__Output as _mnemesh_v1_WaitForTablesResponse__Output } from '../../mnemesh/v1/WaitForTablesResponse.ts';
import type { WatchEventsRequest as _mnemesh_v1_WatchEventsRequest, WatchEventsRequest__Output as _mnemesh_v1_WatchEventsRequest__Output } from '../../mnemesh/v1/WatchEventsRequest.ts';
import type { WatchEventsResponse as _mnemesh_v1_WatchEventsResponse, WatchEventsResponse__Output as _mnemesh_v1_WatchEventsResponse__Output } from '../../mnemesh/v1/WatchEventsResponse.ts';
import type { WatchStatusRequest as _mnemesh_v1_WatchStatusRequest, WatchStatusRequest__Output as _mnemesh_v1_WatchStatusRequest__Output } from '../../mnemesh/v1/WatchStatusRequest.ts';
import type { WatchStatusResponse as _mnemesh_v1_WatchStatusResponse, WatchStatusResponse__Output as _mnemesh_v1_WatchStatusResponse__Output } from '../../mnemesh/v1/WatchStatusResponse.ts';

export interface ClusterServiceClient extends grpc.Client {
  ClusterStatus(argument: _mnemesh_v1_ClusterStatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ClusterStatusResponse__Output>): grpc.ClientUnaryCall;
  ClusterStatus(argument: _mnemesh_v1_ClusterStatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_ClusterStatusResponse__Output>): grpc.ClientUnaryCall;
  ClusterStatus(argument: _mnemesh_v1_ClusterStatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ClusterStatusResponse__Output>): grpc.ClientUnaryCall;
  ClusterStatus(argument: _mnemesh_v1_ClusterStatusRequest, callback: grpc.requestCallback<_mnemesh_v1_ClusterStatusResponse__Output>): grpc.ClientUnaryCall;
  clusterStatus(argument: _mnemesh_v1_ClusterStatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ClusterStatusResponse__Output>): grpc.ClientUnaryCall;
  clusterStatus(argument: _mnemesh_v1_ClusterStatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_ClusterStatusResponse__Output>): grpc.ClientUnaryCall;
  clusterStatus(argument: _mnemesh_v1_ClusterStatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ClusterStatusResponse__Output>): grpc.ClientUnaryCall;
  clusterStatus(argument: _mnemesh_v1_ClusterStatusRequest, callback: grpc.requestCallback<_mnemesh_v1_ClusterStatusResponse__Output>): grpc.ClientUnaryCall;
  
  Join(argument: _mnemesh_v1_JoinRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  Join(argument: _mnemesh_v1_JoinRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  Join(argument: _mnemesh_v1_JoinRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  Join(argument: _mnemesh_v1_JoinRequest, callback: grpc.requestCallback<_mnemesh_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  join(argument: _mnemesh_v1_JoinRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  join(argument: _mnemesh_v1_JoinRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  join(argument: _mnemesh_v1_JoinRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  join(argument: _mnemesh_v1_JoinRequest, callback: grpc.requestCallback<_mnemesh_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  
  Leave(argument: _mnemesh_v1_LeaveRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  Leave(argument: _mnemesh_v1_LeaveRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  Leave(argument: _mnemesh_v1_LeaveRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  Leave(argument: _mnemesh_v1_LeaveRequest, callback: grpc.requestCallback<_mnemesh_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  leave(argument: _mnemesh_v1_LeaveRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  leave(argument: _mnemesh_v1_LeaveRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  leave(argument: _mnemesh_v1_LeaveRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  leave(argument: _mnemesh_v1_LeaveRequest, callback: grpc.requestCallback<_mnemesh_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  
  ListDumps(argument: _mnemesh_v1_ListDumpsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ListDumpsResponse__Output>): grpc.ClientUnaryCall;
  ListDumps(argument: _mnemesh_v1_ListDumpsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_ListDumpsResponse__Output>): grpc.ClientUnaryCall;
  ListDumps(argument: _mnemesh_v1_ListDumpsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ListDumpsResponse__Output>): grpc.ClientUnaryCall;
  ListDumps(argument: _mnemesh_v1_ListDumpsRequest, callback: grpc.requestCallback<_mnemesh_v1_ListDumpsResponse__Output>): grpc.ClientUnaryCall;
  listDumps(argument: _mnemesh_v1_ListDumpsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ListDumpsResponse__Output>): grpc.ClientUnaryCall;
  listDumps(argument: _mnemesh_v1_ListDumpsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_ListDumpsResponse__Output>): grpc.ClientUnaryCall;
  listDumps(argument: _mnemesh_v1_ListDumpsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ListDumpsResponse__Output>): grpc.ClientUnaryCall;
  listDumps(argument: _mnemesh_v1_ListDumpsRequest, callback: grpc.requestCallback<_mnemesh_v1_ListDumpsResponse__Output>): grpc.ClientUnaryCall;
  
  ReadDump(argument: _mnemesh_v1_ReadDumpRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_ReadDumpResponse__Output>;
  ReadDump(argument: _mnemesh_v1_ReadDumpRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_ReadDumpResponse__Output>;
  readDump(argument: _mnemesh_v1_ReadDumpRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_ReadDumpResponse__Output>;
  readDump(argument: _mnemesh_v1_ReadDumpRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_ReadDumpResponse__Output>;
  
  Receipts(argument: _mnemesh_v1_ReceiptsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ReceiptsResponse__Output>): grpc.ClientUnaryCall;
  Receipts(argument: _mnemesh_v1_ReceiptsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_ReceiptsResponse__Output>): grpc.ClientUnaryCall;
  Receipts(argument: _mnemesh_v1_ReceiptsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ReceiptsResponse__Output>): grpc.ClientUnaryCall;
  Receipts(argument: _mnemesh_v1_ReceiptsRequest, callback: grpc.requestCallback<_mnemesh_v1_ReceiptsResponse__Output>): grpc.ClientUnaryCall;
  receipts(argument: _mnemesh_v1_ReceiptsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ReceiptsResponse__Output>): grpc.ClientUnaryCall;
  receipts(argument: _mnemesh_v1_ReceiptsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_ReceiptsResponse__Output>): grpc.ClientUnaryCall;
  receipts(argument: _mnemesh_v1_ReceiptsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ReceiptsResponse__Output>): grpc.ClientUnaryCall;
  receipts(argument: _mnemesh_v1_ReceiptsRequest, callback: grpc.requestCallback<_mnemesh_v1_ReceiptsResponse__Output>): grpc.ClientUnaryCall;
  
  Recover(argument: _mnemesh_v1_RecoverRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_RecoverResponse__Output>): grpc.ClientUnaryCall;
  Recover(argument: _mnemesh_v1_RecoverRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_RecoverResponse__Output>): grpc.ClientUnaryCall;
  Recover(argument: _mnemesh_v1_RecoverRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_RecoverResponse__Output>): grpc.ClientUnaryCall;
  Recover(argument: _mnemesh_v1_RecoverRequest, callback: grpc.requestCallback<_mnemesh_v1_RecoverResponse__Output>): grpc.ClientUnaryCall;
  recover(argument: _mnemesh_v1_RecoverRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_RecoverResponse__Output>): grpc.ClientUnaryCall;
  recover(argument: _mnemesh_v1_RecoverRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_RecoverResponse__Output>): grpc.ClientUnaryCall;
  recover(argument: _mnemesh_v1_RecoverRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_RecoverResponse__Output>): grpc.ClientUnaryCall;
  recover(argument: _mnemesh_v1_RecoverRequest, callback: grpc.requestCallback<_mnemesh_v1_RecoverResponse__Output>): grpc.ClientUnaryCall;
  
  WaitForTables(argument: _mnemesh_v1_WaitForTablesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_WaitForTablesResponse__Output>): grpc.ClientUnaryCall;
  WaitForTables(argument: _mnemesh_v1_WaitForTablesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_WaitForTablesResponse__Output>): grpc.ClientUnaryCall;
  WaitForTables(argument: _mnemesh_v1_WaitForTablesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_WaitForTablesResponse__Output>): grpc.ClientUnaryCall;
  WaitForTables(argument: _mnemesh_v1_WaitForTablesRequest, callback: grpc.requestCallback<_mnemesh_v1_WaitForTablesResponse__Output>): grpc.ClientUnaryCall;
  waitForTables(argument: _mnemesh_v1_WaitForTablesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_WaitForTablesResponse__Output>): grpc.ClientUnaryCall;
  waitForTables(argument: _mnemesh_v1_WaitForTablesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_WaitForTablesResponse__Output>): grpc.ClientUnaryCall;
  waitForTables(argument: _mnemesh_v1_WaitForTablesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_WaitForTablesResponse__Output>): grpc.ClientUnaryCall;
  waitForTables(argument: _mnemesh_v1_WaitForTablesRequest, callback: grpc.requestCallback<_mnemesh_v1_WaitForTablesResponse__Output>): grpc.ClientUnaryCall;
  
  WatchEvents(argument: _mnemesh_v1_WatchEventsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_WatchEventsResponse__Output>;
  WatchEvents(argument: _mnemesh_v1_WatchEventsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_WatchEventsResponse__Output>;
  watchEvents(argument: _mnemesh_v1_WatchEventsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_WatchEventsResponse__Output>;
  watchEvents(argument: _mnemesh_v1_WatchEventsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_WatchEventsResponse__Output>;
  
  WatchStatus(argument: _mnemesh_v1_WatchStatusRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_WatchStatusResponse__Output>;
  WatchStatus(argument: _mnemesh_v1_WatchStatusRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_WatchStatusResponse__Output>;
  watchStatus(argument: _mnemesh_v1_WatchStatusRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_WatchStatusResponse__Output>;
  watchStatus(argument: _mnemesh_v1_WatchStatusRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_mnemesh_v1_WatchStatusResponse__Output>;
  
}

export interface ClusterServiceHandlers extends grpc.UntypedServiceImplementation {
  ClusterStatus: grpc.handleUnaryCall<_mnemesh_v1_ClusterStatusRequest__Output, _mnemesh_v1_ClusterStatusResponse>;
  
  Join: grpc.handleUnaryCall<_mnemesh_v1_JoinRequest__Output, _mnemesh_v1_JoinResponse>;
  
  Leave: grpc.handleUnaryCall<_mnemesh_v1_LeaveRequest__Output, _mnemesh_v1_LeaveResponse>;
  
  ListDumps: grpc.handleUnaryCall<_mnemesh_v1_ListDumpsRequest__Output, _mnemesh_v1_ListDumpsResponse>;
  
  ReadDump: grpc.handleServerStreamingCall<_mnemesh_v1_ReadDumpRequest__Output, _mnemesh_v1_ReadDumpResponse>;
  
  Receipts: grpc.handleUnaryCall<_mnemesh_v1_ReceiptsRequest__Output, _mnemesh_v1_ReceiptsResponse>;
  
  Recover: grpc.handleUnaryCall<_mnemesh_v1_RecoverRequest__Output, _mnemesh_v1_RecoverResponse>;
  
  WaitForTables: grpc.handleUnaryCall<_mnemesh_v1_WaitForTablesRequest__Output, _mnemesh_v1_WaitForTablesResponse>;
  
  WatchEvents: grpc.handleServerStreamingCall<_mnemesh_v1_WatchEventsRequest__Output, _mnemesh_v1_WatchEventsResponse>;
  
  WatchStatus: grpc.handleServerStreamingCall<_mnemesh_v1_WatchStatusRequest__Output, _mnemesh_v1_WatchStatusResponse>;
  
}

export interface ClusterServiceDefinition extends grpc.ServiceDefinition {
  ClusterStatus: MethodDefinition<_mnemesh_v1_ClusterStatusRequest, _mnemesh_v1_ClusterStatusResponse, _mnemesh_v1_ClusterStatusRequest__Output, _mnemesh_v1_ClusterStatusResponse__Output>
  Join: MethodDefinition<_mnemesh_v1_JoinRequest, _mnemesh_v1_JoinResponse, _mnemesh_v1_JoinRequest__Output, _mnemesh_v1_JoinResponse__Output>
  Leave: MethodDefinition<_mnemesh_v1_LeaveRequest, _mnemesh_v1_LeaveResponse, _mnemesh_v1_LeaveRequest__Output, _mnemesh_v1_LeaveResponse__Output>
  ListDumps: MethodDefinition<_mnemesh_v1_ListDumpsRequest, _mnemesh_v1_ListDumpsResponse, _mnemesh_v1_ListDumpsRequest__Output, _mnemesh_v1_ListDumpsResponse__Output>
  ReadDump: MethodDefinition<_mnemesh_v1_ReadDumpRequest, _mnemesh_v1_ReadDumpResponse, _mnemesh_v1_ReadDumpRequest__Output, _mnemesh_v1_ReadDumpResponse__Output>
  Receipts: MethodDefinition<_mnemesh_v1_ReceiptsRequest, _mnemesh_v1_ReceiptsResponse, _mnemesh_v1_ReceiptsRequest__Output, _mnemesh_v1_ReceiptsResponse__Output>
  Recover: MethodDefinition<_mnemesh_v1_RecoverRequest, _mnemesh_v1_RecoverResponse, _mnemesh_v1_RecoverRequest__Output, _mnemesh_v1_RecoverResponse__Output>
  WaitForTables: MethodDefinition<_mnemesh_v1_WaitForTablesRequest, _mnemesh_v1_WaitForTablesResponse, _mnemesh_v1_WaitForTablesRequest__Output, _mnemesh_v1_WaitForTablesResponse__Output>
  WatchEvents: MethodDefinition<_mnemesh_v1_WatchEventsRequest, _mnemesh_v1_WatchEventsResponse, _mnemesh_v1_WatchEventsRequest__Output, _mnemesh_v1_WatchEventsResponse__Output>
  WatchStatus: MethodDefinition<_mnemesh_v1_WatchStatusRequest, _mnemesh_v1_WatchStatusResponse, _mnemesh_v1_WatchStatusRequest__Output, _mnemesh_v1_WatchStatusResponse__Output>
}

import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { ListValue as _google_protobuf_ListValue, ListValue__Output as _google_protobuf_ListValue__Output } from './google/protobuf/ListValue.ts';
import type { Struct as _google_protobuf_Struct, Struct__Output as _google_protobuf_Struct__Output } from './google/protobuf/Struct.ts';
import type { Value as _google_protobuf_Value, Value__Output as _google_protobuf_Value__Output } from './google/protobuf/Value.ts';
import type { AddTableCopyRequest as _mnemesh_v1_AddTableCopyRequest, AddTableCopyRequest__Output as _mnemesh_v1_AddTableCopyRequest__Output } from './mnemesh/v1/AddTableCopyRequest.ts';
import type { AddTableCopyResponse as _mnemesh_v1_AddTableCopyResponse, AddTableCopyResponse__Output as _mnemesh_v1_AddTableCopyResponse__Output } from './mnemesh/v1/AddTableCopyResponse.ts';
import type { ChangeTableRequest as _mnemesh_v1_ChangeTableRequest, ChangeTableRequest__Output as _mnemesh_v1_ChangeTableRequest__Output } from './mnemesh/v1/ChangeTableRequest.ts';
import type { ChangeTableResponse as _mnemesh_v1_ChangeTableResponse, ChangeTableResponse__Output as _mnemesh_v1_ChangeTableResponse__Output } from './mnemesh/v1/ChangeTableResponse.ts';
import type { ClusterEvent as _mnemesh_v1_ClusterEvent, ClusterEvent__Output as _mnemesh_v1_ClusterEvent__Output } from './mnemesh/v1/ClusterEvent.ts';
import type { ClusterServiceClient as _mnemesh_v1_ClusterServiceClient, ClusterServiceDefinition as _mnemesh_v1_ClusterServiceDefinition } from './mnemesh/v1/ClusterService.ts';
import type { ClusterStatus as _mnemesh_v1_ClusterStatus, ClusterStatus__Output as _mnemesh_v1_ClusterStatus__Output } from './mnemesh/v1/ClusterStatus.ts';
import type { ClusterStatusRequest as _mnemesh_v1_ClusterStatusRequest, ClusterStatusRequest__Output as _mnemesh_v1_ClusterStatusRequest__Output } from './mnemesh/v1/ClusterStatusRequest.ts';
import type { ClusterStatusResponse as _mnemesh_v1_ClusterStatusResponse, ClusterStatusResponse__Output as _mnemesh_v1_ClusterStatusResponse__Output } from './mnemesh/v1/ClusterStatusResponse.ts';
import type { CopyLoad as _mnemesh_v1_CopyLoad, CopyLoad__Output as _mnemesh_v1_CopyLoad__Output } from './mnemesh/v1/CopyLoad.ts';
import type { CopyStatus as _mnemesh_v1_CopyStatus, CopyStatus__Output as _mnemesh_v1_CopyStatus__Output } from './mnemesh/v1/CopyStatus.ts';
import type { CreateTableRequest as _mnemesh_v1_CreateTableRequest, CreateTableRequest__Output as _mnemesh_v1_CreateTableRequest__Output } from './mnemesh/v1/CreateTableRequest.ts';
import type { CreateTableResponse as _mnemesh_v1_CreateTableResponse, CreateTableResponse__Output as _mnemesh_v1_CreateTableResponse__Output } from './mnemesh/v1/CreateTableResponse.ts';
import type { DropTableRequest as _mnemesh_v1_DropTableRequest, DropTableRequest__Output as _mnemesh_v1_DropTableRequest__Output } from './mnemesh/v1/DropTableRequest.ts';
import type { DropTableResponse as _mnemesh_v1_DropTableResponse, DropTableResponse__Output as _mnemesh_v1_DropTableResponse__Output } from './mnemesh/v1/DropTableResponse.ts';
import type { DumpDescription as _mnemesh_v1_DumpDescription, DumpDescription__Output as _mnemesh_v1_DumpDescription__Output } from './mnemesh/v1/DumpDescription.ts';
import type { Entry as _mnemesh_v1_Entry, Entry__Output as _mnemesh_v1_Entry__Output } from './mnemesh/v1/Entry.ts';
import type { ExplainRequest as _mnemesh_v1_ExplainRequest, ExplainRequest__Output as _mnemesh_v1_ExplainRequest__Output } from './mnemesh/v1/ExplainRequest.ts';
import type { ExplainResponse as _mnemesh_v1_ExplainResponse, ExplainResponse__Output as _mnemesh_v1_ExplainResponse__Output } from './mnemesh/v1/ExplainResponse.ts';
import type { FencingToken as _mnemesh_v1_FencingToken, FencingToken__Output as _mnemesh_v1_FencingToken__Output } from './mnemesh/v1/FencingToken.ts';
import type { GroupStatus as _mnemesh_v1_GroupStatus, GroupStatus__Output as _mnemesh_v1_GroupStatus__Output } from './mnemesh/v1/GroupStatus.ts';
import type { HealCounts as _mnemesh_v1_HealCounts, HealCounts__Output as _mnemesh_v1_HealCounts__Output } from './mnemesh/v1/HealCounts.ts';
import type { JoinRequest as _mnemesh_v1_JoinRequest, JoinRequest__Output as _mnemesh_v1_JoinRequest__Output } from './mnemesh/v1/JoinRequest.ts';
import type { JoinResponse as _mnemesh_v1_JoinResponse, JoinResponse__Output as _mnemesh_v1_JoinResponse__Output } from './mnemesh/v1/JoinResponse.ts';
import type { Key as _mnemesh_v1_Key, Key__Output as _mnemesh_v1_Key__Output } from './mnemesh/v1/Key.ts';
import type { KeyDifference as _mnemesh_v1_KeyDifference, KeyDifference__Output as _mnemesh_v1_KeyDifference__Output } from './mnemesh/v1/KeyDifference.ts';
import type { KeyOnNode as _mnemesh_v1_KeyOnNode, KeyOnNode__Output as _mnemesh_v1_KeyOnNode__Output } from './mnemesh/v1/KeyOnNode.ts';
import type { KeyTuple as _mnemesh_v1_KeyTuple, KeyTuple__Output as _mnemesh_v1_KeyTuple__Output } from './mnemesh/v1/KeyTuple.ts';
import type { L1Options as _mnemesh_v1_L1Options, L1Options__Output as _mnemesh_v1_L1Options__Output } from './mnemesh/v1/L1Options.ts';
import type { LeaveRequest as _mnemesh_v1_LeaveRequest, LeaveRequest__Output as _mnemesh_v1_LeaveRequest__Output } from './mnemesh/v1/LeaveRequest.ts';
import type { LeaveResponse as _mnemesh_v1_LeaveResponse, LeaveResponse__Output as _mnemesh_v1_LeaveResponse__Output } from './mnemesh/v1/LeaveResponse.ts';
import type { ListDumpsRequest as _mnemesh_v1_ListDumpsRequest, ListDumpsRequest__Output as _mnemesh_v1_ListDumpsRequest__Output } from './mnemesh/v1/ListDumpsRequest.ts';
import type { ListDumpsResponse as _mnemesh_v1_ListDumpsResponse, ListDumpsResponse__Output as _mnemesh_v1_ListDumpsResponse__Output } from './mnemesh/v1/ListDumpsResponse.ts';
import type { ListTablesRequest as _mnemesh_v1_ListTablesRequest, ListTablesRequest__Output as _mnemesh_v1_ListTablesRequest__Output } from './mnemesh/v1/ListTablesRequest.ts';
import type { ListTablesResponse as _mnemesh_v1_ListTablesResponse, ListTablesResponse__Output as _mnemesh_v1_ListTablesResponse__Output } from './mnemesh/v1/ListTablesResponse.ts';
import type { MoveTableCopyRequest as _mnemesh_v1_MoveTableCopyRequest, MoveTableCopyRequest__Output as _mnemesh_v1_MoveTableCopyRequest__Output } from './mnemesh/v1/MoveTableCopyRequest.ts';
import type { MoveTableCopyResponse as _mnemesh_v1_MoveTableCopyResponse, MoveTableCopyResponse__Output as _mnemesh_v1_MoveTableCopyResponse__Output } from './mnemesh/v1/MoveTableCopyResponse.ts';
import type { NodeReceipts as _mnemesh_v1_NodeReceipts, NodeReceipts__Output as _mnemesh_v1_NodeReceipts__Output } from './mnemesh/v1/NodeReceipts.ts';
import type { NodeStatus as _mnemesh_v1_NodeStatus, NodeStatus__Output as _mnemesh_v1_NodeStatus__Output } from './mnemesh/v1/NodeStatus.ts';
import type { PeerLag as _mnemesh_v1_PeerLag, PeerLag__Output as _mnemesh_v1_PeerLag__Output } from './mnemesh/v1/PeerLag.ts';
import type { ReadDumpRequest as _mnemesh_v1_ReadDumpRequest, ReadDumpRequest__Output as _mnemesh_v1_ReadDumpRequest__Output } from './mnemesh/v1/ReadDumpRequest.ts';
import type { ReadDumpResponse as _mnemesh_v1_ReadDumpResponse, ReadDumpResponse__Output as _mnemesh_v1_ReadDumpResponse__Output } from './mnemesh/v1/ReadDumpResponse.ts';
import type { Receipt as _mnemesh_v1_Receipt, Receipt__Output as _mnemesh_v1_Receipt__Output } from './mnemesh/v1/Receipt.ts';
import type { ReceiptsRequest as _mnemesh_v1_ReceiptsRequest, ReceiptsRequest__Output as _mnemesh_v1_ReceiptsRequest__Output } from './mnemesh/v1/ReceiptsRequest.ts';
import type { ReceiptsResponse as _mnemesh_v1_ReceiptsResponse, ReceiptsResponse__Output as _mnemesh_v1_ReceiptsResponse__Output } from './mnemesh/v1/ReceiptsResponse.ts';
import type { RecoverRequest as _mnemesh_v1_RecoverRequest, RecoverRequest__Output as _mnemesh_v1_RecoverRequest__Output } from './mnemesh/v1/RecoverRequest.ts';
import type { RecoverResponse as _mnemesh_v1_RecoverResponse, RecoverResponse__Output as _mnemesh_v1_RecoverResponse__Output } from './mnemesh/v1/RecoverResponse.ts';
import type { RemoveTableCopyRequest as _mnemesh_v1_RemoveTableCopyRequest, RemoveTableCopyRequest__Output as _mnemesh_v1_RemoveTableCopyRequest__Output } from './mnemesh/v1/RemoveTableCopyRequest.ts';
import type { RemoveTableCopyResponse as _mnemesh_v1_RemoveTableCopyResponse, RemoveTableCopyResponse__Output as _mnemesh_v1_RemoveTableCopyResponse__Output } from './mnemesh/v1/RemoveTableCopyResponse.ts';
import type { RowFacts as _mnemesh_v1_RowFacts, RowFacts__Output as _mnemesh_v1_RowFacts__Output } from './mnemesh/v1/RowFacts.ts';
import type { RowOnNode as _mnemesh_v1_RowOnNode, RowOnNode__Output as _mnemesh_v1_RowOnNode__Output } from './mnemesh/v1/RowOnNode.ts';
import type { TableDescription as _mnemesh_v1_TableDescription, TableDescription__Output as _mnemesh_v1_TableDescription__Output } from './mnemesh/v1/TableDescription.ts';
import type { TableInfoRequest as _mnemesh_v1_TableInfoRequest, TableInfoRequest__Output as _mnemesh_v1_TableInfoRequest__Output } from './mnemesh/v1/TableInfoRequest.ts';
import type { TableInfoResponse as _mnemesh_v1_TableInfoResponse, TableInfoResponse__Output as _mnemesh_v1_TableInfoResponse__Output } from './mnemesh/v1/TableInfoResponse.ts';
import type { TableOptions as _mnemesh_v1_TableOptions, TableOptions__Output as _mnemesh_v1_TableOptions__Output } from './mnemesh/v1/TableOptions.ts';
import type { TableServiceClient as _mnemesh_v1_TableServiceClient, TableServiceDefinition as _mnemesh_v1_TableServiceDefinition } from './mnemesh/v1/TableService.ts';
import type { Value as _mnemesh_v1_Value, Value__Output as _mnemesh_v1_Value__Output } from './mnemesh/v1/Value.ts';
import type { VerifiedCopy as _mnemesh_v1_VerifiedCopy, VerifiedCopy__Output as _mnemesh_v1_VerifiedCopy__Output } from './mnemesh/v1/VerifiedCopy.ts';
import type { VerifyRequest as _mnemesh_v1_VerifyRequest, VerifyRequest__Output as _mnemesh_v1_VerifyRequest__Output } from './mnemesh/v1/VerifyRequest.ts';
import type { VerifyResponse as _mnemesh_v1_VerifyResponse, VerifyResponse__Output as _mnemesh_v1_VerifyResponse__Output } from './mnemesh/v1/VerifyResponse.ts';
import type { VersionFacts as _mnemesh_v1_VersionFacts, VersionFacts__Output as _mnemesh_v1_VersionFacts__Output } from './mnemesh/v1/VersionFacts.ts';
import type { WaitForTablesRequest as _mnemesh_v1_WaitForTablesRequest, WaitForTablesRequest__Output as _mnemesh_v1_WaitForTablesRequest__Output } from './mnemesh/v1/WaitForTablesRequest.ts';
import type { WaitForTablesResponse as _mnemesh_v1_WaitForTablesResponse, WaitForTablesResponse__Output as _mnemesh_v1_WaitForTablesResponse__Output } from './mnemesh/v1/WaitForTablesResponse.ts';
import type { WatchEventsRequest as _mnemesh_v1_WatchEventsRequest, WatchEventsRequest__Output as _mnemesh_v1_WatchEventsRequest__Output } from './mnemesh/v1/WatchEventsRequest.ts';
import type { WatchEventsResponse as _mnemesh_v1_WatchEventsResponse, WatchEventsResponse__Output as _mnemesh_v1_WatchEventsResponse__Output } from './mnemesh/v1/WatchEventsResponse.ts';
import type { WatchStatusRequest as _mnemesh_v1_WatchStatusRequest, WatchStatusRequest__Output as _mnemesh_v1_WatchStatusRequest__Output } from './mnemesh/v1/WatchStatusRequest.ts';
import type { WatchStatusResponse as _mnemesh_v1_WatchStatusResponse, WatchStatusResponse__Output as _mnemesh_v1_WatchStatusResponse__Output } from './mnemesh/v1/WatchStatusResponse.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  google: {
    protobuf: {
      ListValue: MessageTypeDefinition<_google_protobuf_ListValue, _google_protobuf_ListValue__Output>
      NullValue: EnumTypeDefinition
      Struct: MessageTypeDefinition<_google_protobuf_Struct, _google_protobuf_Struct__Output>
      Value: MessageTypeDefinition<_google_protobuf_Value, _google_protobuf_Value__Output>
    }
  }
  mnemesh: {
    v1: {
      Ack: EnumTypeDefinition
      AddTableCopyRequest: MessageTypeDefinition<_mnemesh_v1_AddTableCopyRequest, _mnemesh_v1_AddTableCopyRequest__Output>
      AddTableCopyResponse: MessageTypeDefinition<_mnemesh_v1_AddTableCopyResponse, _mnemesh_v1_AddTableCopyResponse__Output>
      ChangeTableRequest: MessageTypeDefinition<_mnemesh_v1_ChangeTableRequest, _mnemesh_v1_ChangeTableRequest__Output>
      ChangeTableResponse: MessageTypeDefinition<_mnemesh_v1_ChangeTableResponse, _mnemesh_v1_ChangeTableResponse__Output>
      ClusterEvent: MessageTypeDefinition<_mnemesh_v1_ClusterEvent, _mnemesh_v1_ClusterEvent__Output>
      ClusterService: SubtypeConstructor<typeof grpc.Client, _mnemesh_v1_ClusterServiceClient> & { service: _mnemesh_v1_ClusterServiceDefinition }
      ClusterStatus: MessageTypeDefinition<_mnemesh_v1_ClusterStatus, _mnemesh_v1_ClusterStatus__Output>
      ClusterStatusRequest: MessageTypeDefinition<_mnemesh_v1_ClusterStatusRequest, _mnemesh_v1_ClusterStatusRequest__Output>
      ClusterStatusResponse: MessageTypeDefinition<_mnemesh_v1_ClusterStatusResponse, _mnemesh_v1_ClusterStatusResponse__Output>
      Consistency: EnumTypeDefinition
      CopyLoad: MessageTypeDefinition<_mnemesh_v1_CopyLoad, _mnemesh_v1_CopyLoad__Output>
      CopyState: EnumTypeDefinition
      CopyStatus: MessageTypeDefinition<_mnemesh_v1_CopyStatus, _mnemesh_v1_CopyStatus__Output>
      CreateTableRequest: MessageTypeDefinition<_mnemesh_v1_CreateTableRequest, _mnemesh_v1_CreateTableRequest__Output>
      CreateTableResponse: MessageTypeDefinition<_mnemesh_v1_CreateTableResponse, _mnemesh_v1_CreateTableResponse__Output>
      DropTableRequest: MessageTypeDefinition<_mnemesh_v1_DropTableRequest, _mnemesh_v1_DropTableRequest__Output>
      DropTableResponse: MessageTypeDefinition<_mnemesh_v1_DropTableResponse, _mnemesh_v1_DropTableResponse__Output>
      DumpDescription: MessageTypeDefinition<_mnemesh_v1_DumpDescription, _mnemesh_v1_DumpDescription__Output>
      Entry: MessageTypeDefinition<_mnemesh_v1_Entry, _mnemesh_v1_Entry__Output>
      ExplainRequest: MessageTypeDefinition<_mnemesh_v1_ExplainRequest, _mnemesh_v1_ExplainRequest__Output>
      ExplainResponse: MessageTypeDefinition<_mnemesh_v1_ExplainResponse, _mnemesh_v1_ExplainResponse__Output>
      FencingToken: MessageTypeDefinition<_mnemesh_v1_FencingToken, _mnemesh_v1_FencingToken__Output>
      GroupStatus: MessageTypeDefinition<_mnemesh_v1_GroupStatus, _mnemesh_v1_GroupStatus__Output>
      HealCounts: MessageTypeDefinition<_mnemesh_v1_HealCounts, _mnemesh_v1_HealCounts__Output>
      JoinRequest: MessageTypeDefinition<_mnemesh_v1_JoinRequest, _mnemesh_v1_JoinRequest__Output>
      JoinResponse: MessageTypeDefinition<_mnemesh_v1_JoinResponse, _mnemesh_v1_JoinResponse__Output>
      Key: MessageTypeDefinition<_mnemesh_v1_Key, _mnemesh_v1_Key__Output>
      KeyDifference: MessageTypeDefinition<_mnemesh_v1_KeyDifference, _mnemesh_v1_KeyDifference__Output>
      KeyOnNode: MessageTypeDefinition<_mnemesh_v1_KeyOnNode, _mnemesh_v1_KeyOnNode__Output>
      KeyTuple: MessageTypeDefinition<_mnemesh_v1_KeyTuple, _mnemesh_v1_KeyTuple__Output>
      L1Options: MessageTypeDefinition<_mnemesh_v1_L1Options, _mnemesh_v1_L1Options__Output>
      LeaveRequest: MessageTypeDefinition<_mnemesh_v1_LeaveRequest, _mnemesh_v1_LeaveRequest__Output>
      LeaveResponse: MessageTypeDefinition<_mnemesh_v1_LeaveResponse, _mnemesh_v1_LeaveResponse__Output>
      ListDumpsRequest: MessageTypeDefinition<_mnemesh_v1_ListDumpsRequest, _mnemesh_v1_ListDumpsRequest__Output>
      ListDumpsResponse: MessageTypeDefinition<_mnemesh_v1_ListDumpsResponse, _mnemesh_v1_ListDumpsResponse__Output>
      ListTablesRequest: MessageTypeDefinition<_mnemesh_v1_ListTablesRequest, _mnemesh_v1_ListTablesRequest__Output>
      ListTablesResponse: MessageTypeDefinition<_mnemesh_v1_ListTablesResponse, _mnemesh_v1_ListTablesResponse__Output>
      MoveTableCopyRequest: MessageTypeDefinition<_mnemesh_v1_MoveTableCopyRequest, _mnemesh_v1_MoveTableCopyRequest__Output>
      MoveTableCopyResponse: MessageTypeDefinition<_mnemesh_v1_MoveTableCopyResponse, _mnemesh_v1_MoveTableCopyResponse__Output>
      NodeReceipts: MessageTypeDefinition<_mnemesh_v1_NodeReceipts, _mnemesh_v1_NodeReceipts__Output>
      NodeState: EnumTypeDefinition
      NodeStatus: MessageTypeDefinition<_mnemesh_v1_NodeStatus, _mnemesh_v1_NodeStatus__Output>
      PeerLag: MessageTypeDefinition<_mnemesh_v1_PeerLag, _mnemesh_v1_PeerLag__Output>
      ReadDumpRequest: MessageTypeDefinition<_mnemesh_v1_ReadDumpRequest, _mnemesh_v1_ReadDumpRequest__Output>
      ReadDumpResponse: MessageTypeDefinition<_mnemesh_v1_ReadDumpResponse, _mnemesh_v1_ReadDumpResponse__Output>
      Receipt: MessageTypeDefinition<_mnemesh_v1_Receipt, _mnemesh_v1_Receipt__Output>
      ReceiptsRequest: MessageTypeDefinition<_mnemesh_v1_ReceiptsRequest, _mnemesh_v1_ReceiptsRequest__Output>
      ReceiptsResponse: MessageTypeDefinition<_mnemesh_v1_ReceiptsResponse, _mnemesh_v1_ReceiptsResponse__Output>
      RecoverMode: EnumTypeDefinition
      RecoverRequest: MessageTypeDefinition<_mnemesh_v1_RecoverRequest, _mnemesh_v1_RecoverRequest__Output>
      RecoverResponse: MessageTypeDefinition<_mnemesh_v1_RecoverResponse, _mnemesh_v1_RecoverResponse__Output>
      RemoveTableCopyRequest: MessageTypeDefinition<_mnemesh_v1_RemoveTableCopyRequest, _mnemesh_v1_RemoveTableCopyRequest__Output>
      RemoveTableCopyResponse: MessageTypeDefinition<_mnemesh_v1_RemoveTableCopyResponse, _mnemesh_v1_RemoveTableCopyResponse__Output>
      RowFacts: MessageTypeDefinition<_mnemesh_v1_RowFacts, _mnemesh_v1_RowFacts__Output>
      RowOnNode: MessageTypeDefinition<_mnemesh_v1_RowOnNode, _mnemesh_v1_RowOnNode__Output>
      TableDescription: MessageTypeDefinition<_mnemesh_v1_TableDescription, _mnemesh_v1_TableDescription__Output>
      TableInfoRequest: MessageTypeDefinition<_mnemesh_v1_TableInfoRequest, _mnemesh_v1_TableInfoRequest__Output>
      TableInfoResponse: MessageTypeDefinition<_mnemesh_v1_TableInfoResponse, _mnemesh_v1_TableInfoResponse__Output>
      TableOptions: MessageTypeDefinition<_mnemesh_v1_TableOptions, _mnemesh_v1_TableOptions__Output>
      TableService: SubtypeConstructor<typeof grpc.Client, _mnemesh_v1_TableServiceClient> & { service: _mnemesh_v1_TableServiceDefinition }
      Value: MessageTypeDefinition<_mnemesh_v1_Value, _mnemesh_v1_Value__Output>
      ValueFormat: EnumTypeDefinition
      VerifiedCopy: MessageTypeDefinition<_mnemesh_v1_VerifiedCopy, _mnemesh_v1_VerifiedCopy__Output>
      VerifyRequest: MessageTypeDefinition<_mnemesh_v1_VerifyRequest, _mnemesh_v1_VerifyRequest__Output>
      VerifyResponse: MessageTypeDefinition<_mnemesh_v1_VerifyResponse, _mnemesh_v1_VerifyResponse__Output>
      VersionFacts: MessageTypeDefinition<_mnemesh_v1_VersionFacts, _mnemesh_v1_VersionFacts__Output>
      WaitForTablesRequest: MessageTypeDefinition<_mnemesh_v1_WaitForTablesRequest, _mnemesh_v1_WaitForTablesRequest__Output>
      WaitForTablesResponse: MessageTypeDefinition<_mnemesh_v1_WaitForTablesResponse, _mnemesh_v1_WaitForTablesResponse__Output>
      WatchEventsRequest: MessageTypeDefinition<_mnemesh_v1_WatchEventsRequest, _mnemesh_v1_WatchEventsRequest__Output>
      WatchEventsResponse: MessageTypeDefinition<_mnemesh_v1_WatchEventsResponse, _mnemesh_v1_WatchEventsResponse__Output>
      WatchStatusRequest: MessageTypeDefinition<_mnemesh_v1_WatchStatusRequest, _mnemesh_v1_WatchStatusRequest__Output>
      WatchStatusResponse: MessageTypeDefinition<_mnemesh_v1_WatchStatusResponse, _mnemesh_v1_WatchStatusResponse__Output>
    }
  }
}


// Made by `npm run generate` from proto/.

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AddTableCopyRequest as _mnemesh_v1_AddTableCopyRequest, AddTableCopyRequest__Output as _mnemesh_v1_AddTableCopyRequest__Output } from '../../mnemesh/v1/AddTableCopyRequest.ts';
import type { AddTableCopyResponse as _mnemesh_v1_AddTableCopyResponse, AddTableCopyResponse__Output as _mnemesh_v1_AddTableCopyResponse__Output } from '../../mnemesh/v1/AddTableCopyResponse.ts';
import type { ChangeTableRequest as _mnemesh_v1_ChangeTableRequest, ChangeTableRequest__Output as _mnemesh_v1_ChangeTableRequest__Output } from '../../mnemesh/v1/ChangeTableRequest.ts';
import type { ChangeTableResponse as _mnemesh_v1_ChangeTableResponse, ChangeTableResponse__Output as _mnemesh_v1_ChangeTableResponse__Output } from '../../mnemesh/v1/ChangeTableResponse.ts';
import type { CreateTableRequest as _mnemesh_v1_CreateTableRequest, CreateTableRequest__Output as _mnemesh_v1_CreateTableRequest__Output } from '../../mnemesh/v1/CreateTableRequest.ts';
import type { CreateTableResponse as _mnemesh_v1_CreateTableResponse, CreateTableResponse__Output as _mnemesh_v1_CreateTableResponse__Output } from '../../mnemesh/v1/CreateTableResponse.ts';
import type { DropTableRequest as _mnemesh_v1_DropTableRequest, DropTableRequest__Output as _mnemesh_v1_DropTableRequest__Output } from '../../mnemesh/v1/DropTableRequest.ts';
import type { DropTableResponse as _mnemesh_v1_DropTableResponse, DropTableResponse__Output as _mnemesh_v1_DropTableResponse__Output } from '../../mnemesh/v1/DropTableResponse.ts';
import type { ExplainRequest as _mnemesh_v1_ExplainRequest, ExplainRequest__Output as _mnemesh_v1_ExplainRequest__Output } from '../../mnemesh/v1/ExplainRequest.ts';
import type { ExplainResponse as _mnemesh_v1_ExplainResponse, ExplainResponse__Output as _mnemesh_v1_ExplainResponse__Output } from '../../mnemesh/v1/ExplainResponse.ts';
import type { ListTablesRequest as _mnemesh_v1_ListTablesRequest, ListTablesRequest__Output as _mnemesh_v1_ListTablesRequest__Output } from '../../mnemesh/v1/ListTablesRequest.ts';
import type { ListTablesResponse as _mnemesh_v1_ListTablesResponse, ListTablesResponse__Output as _mnemesh_v1_ListTablesResponse__Output } from '../../mnemesh/v1/ListTablesResponse.ts';
import type { MoveTableCopyRequest as _mnemesh_v1_MoveTableCopyRequest, MoveTableCopyRequest__Output as _mnemesh_v1_MoveTableCopyRequest__Output } from '../../mnemesh/v1/MoveTableCopyRequest.ts';
import type { MoveTableCopyResponse as _mnemesh_v1_MoveTableCopyResponse, MoveTableCopyResponse__Output as _mnemesh_v1_MoveTableCopyResponse__Output } from '../../mnemesh/v1/MoveTableCopyResponse.ts';
import type { RemoveTableCopyRequest as _mnemesh_v1_RemoveTableCopyRequest, RemoveTableCopyRequest__Output as _mnemesh_v1_RemoveTableCopyRequest__Output } from '../../mnemesh/v1/RemoveTableCopyRequest.ts';
import type { RemoveTableCopyResponse as _mnemesh_v1_RemoveTableCopyResponse, RemoveTableCopyResponse__Output as _mnemesh_v1_RemoveTableCopyResponse__Output } from '../../mnemesh/v1/RemoveTableCopyResponse.ts';
import type { TableInfoRequest as _mnemesh_v1_TableInfoRequest, TableInfoRequest__Output as _mnemesh_v1_TableInfoRequest__Output } from '../../mnemesh/v1/TableInfoRequest.ts';
import type { TableInfoResponse as _mnemesh_v1_TableInfoResponse, TableInfoResponse__Output as _mnemesh_v1_TableInfoResponse__Output } from '../../mnemesh/v1/TableInfoResponse.ts';
import type { VerifyRequest as _mnemesh_v1_VerifyRequest, VerifyRequest__Output as _mnemesh_v1_VerifyRequest__Output } from '../../mnemesh/v1/VerifyRequest.ts';
import type { VerifyResponse as _mnemesh_v1_VerifyResponse, VerifyResponse__Output as _mnemesh_v1_VerifyResponse__Output } from '../../mnemesh/v1/VerifyResponse.ts';

export interface TableServiceClient extends grpc.Client {
  AddTableCopy(argument: _mnemesh_v1_AddTableCopyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_AddTableCopyResponse__Output>): grpc.ClientUnaryCall;
  AddTableCopy(argument: _mnemesh_v1_AddTableCopyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_AddTableCopyResponse__Output>): grpc.ClientUnaryCall;
  AddTableCopy(argument: _mnemesh_v1_AddTableCopyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_AddTableCopyResponse__Output>): grpc.ClientUnaryCall;
  AddTableCopy(argument: _mnemesh_v1_AddTableCopyRequest, callback: grpc.requestCallback<_mnemesh_v1_AddTableCopyResponse__Output>): grpc.ClientUnaryCall;
  addTableCopy(argument: _mnemesh_v1_AddTableCopyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_AddTableCopyResponse__Output>): grpc.ClientUnaryCall;
  addTableCopy(argument: _mnemesh_v1_AddTableCopyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_AddTableCopyResponse__Output>): grpc.ClientUnaryCall;
  addTableCopy(argument: _mnemesh_v1_AddTableCopyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_AddTableCopyResponse__Output>): grpc.ClientUnaryCall;
  addTableCopy(argument: _mnemesh_v1_AddTableCopyRequest, callback: grpc.requestCallback<_mnemesh_v1_AddTableCopyResponse__Output>): grpc.ClientUnaryCall;
  
  ChangeTable(argument: _mnemesh_v1_ChangeTableRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ChangeTableResponse__Output>): grpc.ClientUnaryCall;
  ChangeTable(argument: _mnemesh_v1_ChangeTableRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_ChangeTableResponse__Output>): grpc.ClientUnaryCall;
  ChangeTable(argument: _mnemesh_v1_ChangeTableRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ChangeTableResponse__Output>): grpc.ClientUnaryCall;
  ChangeTable(argument: _mnemesh_v1_ChangeTableRequest, callback: grpc.requestCallback<_mnemesh_v1_ChangeTableResponse__Output>): grpc.ClientUnaryCall;
  changeTable(argument: _mnemesh_v1_ChangeTableRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ChangeTableResponse__Output>): grpc.ClientUnaryCall;
  changeTable(argument: _mnemesh_v1_ChangeTableRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_ChangeTableResponse__Output>): grpc.ClientUnaryCall;
  changeTable(argument: _mnemesh_v1_ChangeTableRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ChangeTableResponse__Output>): grpc.ClientUnaryCall;
  changeTable(argument: _mnemesh_v1_ChangeTableRequest, callback: grpc.requestCallback<_mnemesh_v1_ChangeTableResponse__Output>): grpc.ClientUnaryCall;
  
  CreateTable(argument: _mnemesh_v1_CreateTableRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_CreateTableResponse__Output>): grpc.ClientUnaryCall;
  CreateTable(argument: _mnemesh_v1_CreateTableRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_CreateTableResponse__Output>): grpc.ClientUnaryCall;
  CreateTable(argument: _mnemesh_v1_CreateTableRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_CreateTableResponse__Output>): grpc.ClientUnaryCall;
  CreateTable(argument: _mnemesh_v1_CreateTableRequest, callback: grpc.requestCallback<_mnemesh_v1_CreateTableResponse__Output>): grpc.ClientUnaryCall;
  createTable(argument: _mnemesh_v1_CreateTableRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_CreateTableResponse__Output>): grpc.ClientUnaryCall;
  createTable(argument: _mnemesh_v1_CreateTableRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_CreateTableResponse__Output>): grpc.ClientUnaryCall;
  createTable(argument: _mnemesh_v1_CreateTableRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_CreateTableResponse__Output>): grpc.ClientUnaryCall;
  createTable(argument: _mnemesh_v1_CreateTableRequest, callback: grpc.requestCallback<_mnemesh_v1_CreateTableResponse__Output>): grpc.ClientUnaryCall;
  
  DropTable(argument: _mnemesh_v1_DropTableRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_DropTableResponse__Output>): grpc.ClientUnaryCall;
  DropTable(argument: _mnemesh_v1_DropTableRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_DropTableResponse__Output>): grpc.ClientUnaryCall;
  DropTable(argument: _mnemesh_v1_DropTableRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_DropTableResponse__Output>): grpc.ClientUnaryCall;
  DropTable(argument: _mnemesh_v1_DropTableRequest, callback: grpc.requestCallback<_mnemesh_v1_DropTableResponse__Output>): grpc.ClientUnaryCall;
  dropTable(argument: _mnemesh_v1_DropTableRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_DropTableResponse__Output>): grpc.ClientUnaryCall;
  dropTable(argument: _mnemesh_v1_DropTableRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_DropTableResponse__Output>): grpc.ClientUnaryCall;
  dropTable(argument: _mnemesh_v1_DropTableRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_DropTableResponse__Output>): grpc.ClientUnaryCall;
  dropTable(argument: _mnemesh_v1_DropTableRequest, callback: grpc.requestCallback<_mnemesh_v1_DropTableResponse__Output>): grpc.ClientUnaryCall;
  
  Explain(argument: _mnemesh_v1_ExplainRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  Explain(argument: _mnemesh_v1_ExplainRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  Explain(argument: _mnemesh_v1_ExplainRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  Explain(argument: _mnemesh_v1_ExplainRequest, callback: grpc.requestCallback<_mnemesh_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _mnemesh_v1_ExplainRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _mnemesh_v1_ExplainRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _mnemesh_v1_ExplainRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _mnemesh_v1_ExplainRequest, callback: grpc.requestCallback<_mnemesh_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  
  ListTables(argument: _mnemesh_v1_ListTablesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ListTablesResponse__Output>): grpc.ClientUnaryCall;
  ListTables(argument: _mnemesh_v1_ListTablesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_ListTablesResponse__Output>): grpc.ClientUnaryCall;
  ListTables(argument: _mnemesh_v1_ListTablesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ListTablesResponse__Output>): grpc.ClientUnaryCall;
  ListTables(argument: _mnemesh_v1_ListTablesRequest, callback: grpc.requestCallback<_mnemesh_v1_ListTablesResponse__Output>): grpc.ClientUnaryCall;
  listTables(argument: _mnemesh_v1_ListTablesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ListTablesResponse__Output>): grpc.ClientUnaryCall;
  listTables(argument: _mnemesh_v1_ListTablesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_ListTablesResponse__Output>): grpc.ClientUnaryCall;
  listTables(argument: _mnemesh_v1_ListTablesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_ListTablesResponse__Output>): grpc.ClientUnaryCall;
  listTables(argument: _mnemesh_v1_ListTablesRequest, callback: grpc.requestCallback<_mnemesh_v1_ListTablesResponse__Output>): grpc.ClientUnaryCall;
  
  MoveTableCopy(argument: _mnemesh_v1_MoveTableCopyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_MoveTableCopyResponse__Output>): grpc.ClientUnaryCall;
  MoveTableCopy(argument: _mnemesh_v1_MoveTableCopyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_MoveTableCopyResponse__Output>): grpc.ClientUnaryCall;
  MoveTableCopy(argument: _mnemesh_v1_MoveTableCopyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_MoveTableCopyResponse__Output>): grpc.ClientUnaryCall;
  MoveTableCopy(argument: _mnemesh_v1_MoveTableCopyRequest, callback: grpc.requestCallback<_mnemesh_v1_MoveTableCopyResponse__Output>): grpc.ClientUnaryCall;
  moveTableCopy(argument: _mnemesh_v1_MoveTableCopyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_MoveTableCopyResponse__Output>): grpc.ClientUnaryCall;
  moveTableCopy(argument: _mnemesh_v1_MoveTableCopyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_MoveTableCopyResponse__Output>): grpc.ClientUnaryCall;
  moveTableCopy(argument: _mnemesh_v1_MoveTableCopyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_MoveTableCopyResponse__Output>): grpc.ClientUnaryCall;
  moveTableCopy(argument: _mnemesh_v1_MoveTableCopyRequest, callback: grpc.requestCallback<_mnemesh_v1_MoveTableCopyResponse__Output>): grpc.ClientUnaryCall;
  
  RemoveTableCopy(argument: _mnemesh_v1_RemoveTableCopyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_RemoveTableCopyResponse__Output>): grpc.ClientUnaryCall;
  RemoveTableCopy(argument: _mnemesh_v1_RemoveTableCopyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_RemoveTableCopyResponse__Output>): grpc.ClientUnaryCall;
  RemoveTableCopy(argument: _mnemesh_v1_RemoveTableCopyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_RemoveTableCopyResponse__Output>): grpc.ClientUnaryCall;
  RemoveTableCopy(argument: _mnemesh_v1_RemoveTableCopyRequest, callback: grpc.requestCallback<_mnemesh_v1_RemoveTableCopyResponse__Output>): grpc.ClientUnaryCall;
  removeTableCopy(argument: _mnemesh_v1_RemoveTableCopyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_RemoveTableCopyResponse__Output>): grpc.ClientUnaryCall;
  removeTableCopy(argument: _mnemesh_v1_RemoveTableCopyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_RemoveTableCopyResponse__Output>): grpc.ClientUnaryCall;
  removeTableCopy(argument: _mnemesh_v1_RemoveTableCopyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_RemoveTableCopyResponse__Output>): grpc.ClientUnaryCall;
  removeTableCopy(argument: _mnemesh_v1_RemoveTableCopyRequest, callback: grpc.requestCallback<_mnemesh_v1_RemoveTableCopyResponse__Output>): grpc.ClientUnaryCall;
  
  TableInfo(argument: _mnemesh_v1_TableInfoRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_TableInfoResponse__Output>): grpc.ClientUnaryCall;
  TableInfo(argument: _mnemesh_v1_TableInfoRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_TableInfoResponse__Output>): grpc.ClientUnaryCall;
  TableInfo(argument: _mnemesh_v1_TableInfoRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_TableInfoResponse__Output>): grpc.ClientUnaryCall;
  TableInfo(argument: _mnemesh_v1_TableInfoRequest, callback: grpc.requestCallback<_mnemesh_v1_TableInfoResponse__Output>): grpc.ClientUnaryCall;
  tableInfo(argument: _mnemesh_v1_TableInfoRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_TableInfoResponse__Output>): grpc.ClientUnaryCall;
  tableInfo(argument: _mnemesh_v1_TableInfoRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_TableInfoResponse__Output>): grpc.ClientUnaryCall;
  tableInfo(argument: _mnemesh_v1_TableInfoRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_TableInfoResponse__Output>): grpc.ClientUnaryCall;
  tableInfo(argument: _mnemesh_v1_TableInfoRequest, callback: grpc.requestCallback<_mnemesh_v1_TableInfoResponse__Output>): grpc.ClientUnaryCall;
  
  Verify(argument: _mnemesh_v1_VerifyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_VerifyResponse__Output>): grpc.ClientUnaryCall;
  Verify(argument: _mnemesh_v1_VerifyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_VerifyResponse__Output>): grpc.ClientUnaryCall;
  Verify(argument: _mnemesh_v1_VerifyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_VerifyResponse__Output>): grpc.ClientUnaryCall;
  Verify(argument: _mnemesh_v1_VerifyRequest, callback: grpc.requestCallback<_mnemesh_v1_VerifyResponse__Output>): grpc.ClientUnaryCall;
  verify(argument: _mnemesh_v1_VerifyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_VerifyResponse__Output>): grpc.ClientUnaryCall;
  verify(argument: _mnemesh_v1_VerifyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_mnemesh_v1_VerifyResponse__Output>): grpc.ClientUnaryCall;
  verify(argument: _mnemesh_v1_VerifyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_mnemesh_v1_VerifyResponse__Output>): grpc.ClientUnaryCall;
  verify(argument: _mnemesh_v1_VerifyRequest, callback: grpc.requestCallback<_mnemesh_v1_VerifyResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface TableServiceHandlers extends grpc.UntypedServiceImplementation {
  AddTableCopy: grpc.handleUnaryCall<_mnemesh_v1_AddTableCopyRequest__Output, _mnemesh_v1_AddTableCopyResponse>;
  
  ChangeTable: grpc.handleUnaryCall<_mnemesh_v1_ChangeTableRequest__Output, _mnemesh_v1_ChangeTableResponse>;
  
  CreateTable: grpc.handleUnaryCall<_mnemesh_v1_CreateTableRequest__Output, _mnemesh_v1_CreateTableResponse>;
  
  DropTable: grpc.handleUnaryCall<_mnemesh_v1_DropTableRequest__Output, _mnemesh_v1_DropTableResponse>;
  
  Explain: grpc.handleUnaryCall<_mnemesh_v1_ExplainRequest__Output, _mnemesh_v1_ExplainResponse>;
  
  ListTables: grpc.handleUnaryCall<_mnemesh_v1_ListTablesRequest__Output, _mnemesh_v1_ListTablesResponse>;
  
  MoveTableCopy: grpc.handleUnaryCall<_mnemesh_v1_MoveTableCopyRequest__Output, _mnemesh_v1_MoveTableCopyResponse>;
  
  RemoveTableCopy: grpc.handleUnaryCall<_mnemesh_v1_RemoveTableCopyRequest__Output, _mnemesh_v1_RemoveTableCopyResponse>;
  
  TableInfo: grpc.handleUnaryCall<_mnemesh_v1_TableInfoRequest__Output, _mnemesh_v1_TableInfoResponse>;
  
  Verify: grpc.handleUnaryCall<_mnemesh_v1_VerifyRequest__Output, _mnemesh_v1_VerifyResponse>;
  
}

export interface TableServiceDefinition extends grpc.ServiceDefinition {
  AddTableCopy: MethodDefinition<_mnemesh_v1_AddTableCopyRequest, _mnemesh_v1_AddTableCopyResponse, _mnemesh_v1_AddTableCopyRequest__Output, _mnemesh_v1_AddTableCopyResponse__Output>
  ChangeTable: MethodDefinition<_mnemesh_v1_ChangeTableRequest, _mnemesh_v1_ChangeTableResponse, _mnemesh_v1_ChangeTableRequest__Output, _mnemesh_v1_ChangeTableResponse__Output>
  CreateTable: MethodDefinition<_mnemesh_v1_CreateTableRequest, _mnemesh_v1_CreateTableResponse, _mnemesh_v1_CreateTableRequest__Output, _mnemesh_v1_CreateTableResponse__Output>
  DropTable: MethodDefinition<_mnemesh_v1_DropTableRequest, _mnemesh_v1_DropTableResponse, _mnemesh_v1_DropTableRequest__Output, _mnemesh_v1_DropTableResponse__Output>
  Explain: MethodDefinition<_mnemesh_v1_ExplainRequest, _mnemesh_v1_ExplainResponse, _mnemesh_v1_ExplainRequest__Output, _mnemesh_v1_ExplainResponse__Output>
  ListTables: MethodDefinition<_mnemesh_v1_ListTablesRequest, _mnemesh_v1_ListTablesResponse, _mnemesh_v1_ListTablesRequest__Output, _mnemesh_v1_ListTablesResponse__Output>
  MoveTableCopy: MethodDefinition<_mnemesh_v1_MoveTableCopyRequest, _mnemesh_v1_MoveTableCopyResponse, _mnemesh_v1_MoveTableCopyRequest__Output, _mnemesh_v1_MoveTableCopyResponse__Output>
  RemoveTableCopy: MethodDefinition<_mnemesh_v1_RemoveTableCopyRequest, _mnemesh_v1_RemoveTableCopyResponse, _mnemesh_v1_RemoveTableCopyRequest__Output, _mnemesh_v1_RemoveTableCopyResponse__Output>
  TableInfo: MethodDefinition<_mnemesh_v1_TableInfoRequest, _mnemesh_v1_TableInfoResponse, _mnemesh_v1_TableInfoRequest__Output, _mnemesh_v1_TableInfoResponse__Output>
  Verify: MethodDefinition<_mnemesh_v1_VerifyRequest, _mnemesh_v1_VerifyResponse, _mnemesh_v1_VerifyRequest__Output, _mnemesh_v1_VerifyResponse__Output>
}

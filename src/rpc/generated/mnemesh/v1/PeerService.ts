// Made by `npm run generate` from proto/.

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { LinkRequest as _mnemesh_v1_LinkRequest, LinkRequest__Output as _mnemesh_v1_LinkRequest__Output } from '../../mnemesh/v1/LinkRequest.ts';
import type { LinkResponse as _mnemesh_v1_LinkResponse, LinkResponse__Output as _mnemesh_v1_LinkResponse__Output } from '../../mnemesh/v1/LinkResponse.ts';

export interface PeerServiceClient extends grpc.Client {
  Link(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_mnemesh_v1_LinkRequest, _mnemesh_v1_LinkResponse__Output>;
  Link(options?: grpc.CallOptions): grpc.ClientDuplexStream<_mnemesh_v1_LinkRequest, _mnemesh_v1_LinkResponse__Output>;
  link(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_mnemesh_v1_LinkRequest, _mnemesh_v1_LinkResponse__Output>;
  link(options?: grpc.CallOptions): grpc.ClientDuplexStream<_mnemesh_v1_LinkRequest, _mnemesh_v1_LinkResponse__Output>;
  
}

export interface PeerServiceHandlers extends grpc.UntypedServiceImplementation {
  Link: grpc.handleBidiStreamingCall<_mnemesh_v1_LinkRequest__Output, _mnemesh_v1_LinkResponse>;
  
}

export interface PeerServiceDefinition extends grpc.ServiceDefinition {
  Link: MethodDefinition<_mnemesh_v1_LinkRequest, _mnemesh_v1_LinkResponse, _mnemesh_v1_LinkRequest__Output, _mnemesh_v1_LinkResponse__Output>
}

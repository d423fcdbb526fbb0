import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { LinkRequest as _mnemesh_v1_LinkRequest, LinkRequest__Output as _mnemesh_v1_LinkRequest__Output } from './mnemesh/v1/LinkRequest.ts';
import type { LinkResponse as _mnemesh_v1_LinkResponse, LinkResponse__Output as _mnemesh_v1_LinkResponse__Output } from './mnemesh/v1/LinkResponse.ts';
import type { PeerServiceClient as _mnemesh_v1_PeerServiceClient, PeerServiceDefinition as _mnemesh_v1_PeerServiceDefinition } from './mnemesh/v1/PeerService.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  mnemesh: {
    v1: {
      LinkRequest: MessageTypeDefinition<_mnemesh_v1_LinkRequest, _mnemesh_v1_LinkRequest__Output>
      LinkResponse: MessageTypeDefinition<_mnemesh_v1_LinkResponse, _mnemesh_v1_LinkResponse__Output>
      PeerService: SubtypeConstructor<typeof grpc.Client, _mnemesh_v1_PeerServiceClient> & { service: _mnemesh_v1_PeerServiceDefinition }
    }
  }
}


// Made by `npm run generate` from proto/.

import type { Struct as _google_protobuf_Struct, Struct__Output as _google_protobuf_Struct__Output } from '../../google/protobuf/Struct.ts';
import type { Long } from '@grpc/proto-loader';

export interface ClusterEvent {
  'type'?: (string);
  'level'?: (string);
  'atMs'?: (number | string | Long);
  'node'?: (string);
  'sequence'?: (number | string | Long);
  'fields'?: (_google_protobuf_Struct | null);
}

export interface ClusterEvent__Output {
  'type': (string);
  'level': (string);
  'atMs': (number);
  'node': (string);
  'sequence': (number);
  'fields': (_google_protobuf_Struct__Output | null);
}

// Made by `npm run generate` from proto/.

import type { Key as _mnemesh_v1_Key, Key__Output as _mnemesh_v1_Key__Output } from '../../mnemesh/v1/Key.ts';
import type { Ack as _mnemesh_v1_Ack, Ack__Output as _mnemesh_v1_Ack__Output } from '../../mnemesh/v1/Ack.ts';
import type { Long } from '@grpc/proto-loader';

export interface TouchRequest {
  'table'?: (string);
  'key'?: (_mnemesh_v1_Key | null);
  'ttlMs'?: (number | string | Long);
  'ack'?: (_mnemesh_v1_Ack);
}

export interface TouchRequest__Output {
  'table': (string);
  'key': (_mnemesh_v1_Key__Output | null);
  'ttlMs': (number);
  'ack': (_mnemesh_v1_Ack__Output);
}

// Made by `npm run generate` from proto/.

import type { KeyValue as _mnemesh_v1_KeyValue, KeyValue__Output as _mnemesh_v1_KeyValue__Output } from '../../mnemesh/v1/KeyValue.ts';
import type { Ack as _mnemesh_v1_Ack, Ack__Output as _mnemesh_v1_Ack__Output } from '../../mnemesh/v1/Ack.ts';
import type { Long } from '@grpc/proto-loader';

export interface SetManyRequest {
  'table'?: (string);
  'entries'?: (_mnemesh_v1_KeyValue)[];
  'ttlMs'?: (number | string | Long);
  'ack'?: (_mnemesh_v1_Ack);
  'atomic'?: (boolean);
}

export interface SetManyRequest__Output {
  'table': (string);
  'entries': (_mnemesh_v1_KeyValue__Output)[];
  'ttlMs': (number);
  'ack': (_mnemesh_v1_Ack__Output);
  'atomic': (boolean);
}

// Made by `npm run generate` from proto/.

import type { Key as _mnemesh_v1_Key, Key__Output as _mnemesh_v1_Key__Output } from '../../mnemesh/v1/Key.ts';
import type { Value as _mnemesh_v1_Value, Value__Output as _mnemesh_v1_Value__Output } from '../../mnemesh/v1/Value.ts';
import type { Ack as _mnemesh_v1_Ack, Ack__Output as _mnemesh_v1_Ack__Output } from '../../mnemesh/v1/Ack.ts';
import type { Long } from '@grpc/proto-loader';

export interface SetRequest {
  'table'?: (string);
  'key'?: (_mnemesh_v1_Key | null);
  'value'?: (_mnemesh_v1_Value | null);
  'ttlMs'?: (number | string | Long);
  'keepTtl'?: (boolean);
  'ifAbsent'?: (boolean);
  'ack'?: (_mnemesh_v1_Ack);
}

export interface SetRequest__Output {
  'table': (string);
  'key': (_mnemesh_v1_Key__Output | null);
  'value': (_mnemesh_v1_Value__Output | null);
  'ttlMs': (number);
  'keepTtl': (boolean);
  'ifAbsent': (boolean);
  'ack': (_mnemesh_v1_Ack__Output);
}

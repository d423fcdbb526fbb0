// Made by `npm run generate` from proto/.

import type { Key as _mnemesh_v1_Key, Key__Output as _mnemesh_v1_Key__Output } from '../../mnemesh/v1/Key.ts';
import type { Value as _mnemesh_v1_Value, Value__Output as _mnemesh_v1_Value__Output } from '../../mnemesh/v1/Value.ts';

export interface KeyValue {
  'key'?: (_mnemesh_v1_Key | null);
  'value'?: (_mnemesh_v1_Value | null);
}

export interface KeyValue__Output {
  'key': (_mnemesh_v1_Key__Output | null);
  'value': (_mnemesh_v1_Value__Output | null);
}

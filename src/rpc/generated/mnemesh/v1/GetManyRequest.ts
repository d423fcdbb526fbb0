// Made by `npm run generate` from proto/.

import type { Key as _mnemesh_v1_Key, Key__Output as _mnemesh_v1_Key__Output } from '../../mnemesh/v1/Key.ts';
import type { ValueFormat as _mnemesh_v1_ValueFormat, ValueFormat__Output as _mnemesh_v1_ValueFormat__Output } from '../../mnemesh/v1/ValueFormat.ts';
import type { Consistency as _mnemesh_v1_Consistency, Consistency__Output as _mnemesh_v1_Consistency__Output } from '../../mnemesh/v1/Consistency.ts';

export interface GetManyRequest {
  'table'?: (string);
  'keys'?: (_mnemesh_v1_Key)[];
  'format'?: (_mnemesh_v1_ValueFormat);
  'consistency'?: (_mnemesh_v1_Consistency);
}

export interface GetManyRequest__Output {
  'table': (string);
  'keys': (_mnemesh_v1_Key__Output)[];
  'format': (_mnemesh_v1_ValueFormat__Output);
  'consistency': (_mnemesh_v1_Consistency__Output);
}

// Made by `npm run generate` from proto/.

import type { Key as _mnemesh_v1_Key, Key__Output as _mnemesh_v1_Key__Output } from '../../mnemesh/v1/Key.ts';
import type { Consistency as _mnemesh_v1_Consistency, Consistency__Output as _mnemesh_v1_Consistency__Output } from '../../mnemesh/v1/Consistency.ts';

export interface HasRequest {
  'table'?: (string);
  'key'?: (_mnemesh_v1_Key | null);
  'consistency'?: (_mnemesh_v1_Consistency);
}

export interface HasRequest__Output {
  'table': (string);
  'key': (_mnemesh_v1_Key__Output | null);
  'consistency': (_mnemesh_v1_Consistency__Output);
}

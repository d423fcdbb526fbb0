// Made by `npm run generate` from proto/.

import type { Key as _mnemesh_v1_Key, Key__Output as _mnemesh_v1_Key__Output } from '../../mnemesh/v1/Key.ts';

export interface KeyTuple {
  'elements'?: (_mnemesh_v1_Key)[];
}

export interface KeyTuple__Output {
  'elements': (_mnemesh_v1_Key__Output)[];
}

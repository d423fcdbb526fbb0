// Made by `npm run generate` from proto/.

import type { KeyTuple as _mnemesh_v1_KeyTuple, KeyTuple__Output as _mnemesh_v1_KeyTuple__Output } from '../../mnemesh/v1/KeyTuple.ts';

export interface Key {
  'text'?: (string);
  'number'?: (number | string);
  'flag'?: (boolean);
  'raw'?: (Buffer | Uint8Array | string);
  'tuple'?: (_mnemesh_v1_KeyTuple | null);
  'kind'?: "text"|"number"|"flag"|"raw"|"tuple";
}

export interface Key__Output {
  'text'?: (string);
  'number'?: (number);
  'flag'?: (boolean);
  'raw'?: (Buffer);
  'tuple'?: (_mnemesh_v1_KeyTuple__Output | null);
  'kind'?: "text"|"number"|"flag"|"raw"|"tuple";
}

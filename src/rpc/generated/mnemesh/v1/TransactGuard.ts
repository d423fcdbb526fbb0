// Made by `npm run generate` from proto/.

import type { FencingToken as _mnemesh_v1_FencingToken, FencingToken__Output as _mnemesh_v1_FencingToken__Output } from '../../mnemesh/v1/FencingToken.ts';

export interface TransactGuard {
  'lock'?: (string);
  'token'?: (_mnemesh_v1_FencingToken | null);
}

export interface TransactGuard__Output {
  'lock': (string);
  'token': (_mnemesh_v1_FencingToken__Output | null);
}

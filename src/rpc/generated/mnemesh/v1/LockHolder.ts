// Made by `npm run generate` from proto/.

import type { LockMode as _mnemesh_v1_LockMode, LockMode__Output as _mnemesh_v1_LockMode__Output } from '../../mnemesh/v1/LockMode.ts';
import type { FencingToken as _mnemesh_v1_FencingToken, FencingToken__Output as _mnemesh_v1_FencingToken__Output } from '../../mnemesh/v1/FencingToken.ts';

export interface LockHolder {
  'node'?: (string);
  'mode'?: (_mnemesh_v1_LockMode);
  'token'?: (_mnemesh_v1_FencingToken | null);
}

export interface LockHolder__Output {
  'node': (string);
  'mode': (_mnemesh_v1_LockMode__Output);
  'token': (_mnemesh_v1_FencingToken__Output | null);
}

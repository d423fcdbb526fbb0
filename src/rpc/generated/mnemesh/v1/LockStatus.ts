// Made by `npm run generate` from proto/.

import type { LockHolder as _mnemesh_v1_LockHolder, LockHolder__Output as _mnemesh_v1_LockHolder__Output } from '../../mnemesh/v1/LockHolder.ts';

export interface LockStatus {
  'name'?: (string);
  'holders'?: (_mnemesh_v1_LockHolder)[];
}

export interface LockStatus__Output {
  'name': (string);
  'holders': (_mnemesh_v1_LockHolder__Output)[];
}

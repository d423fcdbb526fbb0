// Made by `npm run generate` from proto/.

import type { LockStatus as _mnemesh_v1_LockStatus, LockStatus__Output as _mnemesh_v1_LockStatus__Output } from '../../mnemesh/v1/LockStatus.ts';

export interface LockServiceQueryResponse {
  'locks'?: (_mnemesh_v1_LockStatus)[];
}

export interface LockServiceQueryResponse__Output {
  'locks': (_mnemesh_v1_LockStatus__Output)[];
}

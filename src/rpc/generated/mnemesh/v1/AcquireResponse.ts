// Made by `npm run generate` from proto/.

import type { LockGranted as _mnemesh_v1_LockGranted, LockGranted__Output as _mnemesh_v1_LockGranted__Output } from '../../mnemesh/v1/LockGranted.ts';
import type { LockLost as _mnemesh_v1_LockLost, LockLost__Output as _mnemesh_v1_LockLost__Output } from '../../mnemesh/v1/LockLost.ts';

export interface AcquireResponse {
  'granted'?: (_mnemesh_v1_LockGranted | null);
  'lost'?: (_mnemesh_v1_LockLost | null);
  'event'?: "granted"|"lost";
}

export interface AcquireResponse__Output {
  'granted'?: (_mnemesh_v1_LockGranted__Output | null);
  'lost'?: (_mnemesh_v1_LockLost__Output | null);
  'event'?: "granted"|"lost";
}

// Made by `npm run generate` from proto/.

import type { LockMode as _mnemesh_v1_LockMode, LockMode__Output as _mnemesh_v1_LockMode__Output } from '../../mnemesh/v1/LockMode.ts';
import type { Long } from '@grpc/proto-loader';

export interface AcquireRequest {
  'name'?: (string);
  'mode'?: (_mnemesh_v1_LockMode);
  'permits'?: (number);
  'ttlMs'?: (number | string | Long);
  'waitMs'?: (number | string | Long);
  'seenGeneration'?: (number | string | Long);
  '_permits'?: "permits";
  '_waitMs'?: "waitMs";
}

export interface AcquireRequest__Output {
  'name': (string);
  'mode': (_mnemesh_v1_LockMode__Output);
  'permits'?: (number);
  'ttlMs': (number);
  'waitMs'?: (number);
  'seenGeneration': (number);
  '_permits'?: "permits";
  '_waitMs'?: "waitMs";
}

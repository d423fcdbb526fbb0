// Made by `npm run generate` from proto/.

import type { VerifiedCopy as _mnemesh_v1_VerifiedCopy, VerifiedCopy__Output as _mnemesh_v1_VerifiedCopy__Output } from '../../mnemesh/v1/VerifiedCopy.ts';
import type { KeyDifference as _mnemesh_v1_KeyDifference, KeyDifference__Output as _mnemesh_v1_KeyDifference__Output } from '../../mnemesh/v1/KeyDifference.ts';

export interface VerifyResponse {
  'table'?: (string);
  'equal'?: (boolean);
  'nodes'?: (_mnemesh_v1_VerifiedCopy)[];
  'differences'?: (_mnemesh_v1_KeyDifference)[];
  'complete'?: (boolean);
}

export interface VerifyResponse__Output {
  'table': (string);
  'equal': (boolean);
  'nodes': (_mnemesh_v1_VerifiedCopy__Output)[];
  'differences': (_mnemesh_v1_KeyDifference__Output)[];
  'complete': (boolean);
}

// Made by `npm run generate` from proto/.

import type { CopyState as _mnemesh_v1_CopyState, CopyState__Output as _mnemesh_v1_CopyState__Output } from '../../mnemesh/v1/CopyState.ts';
import type { CopyLoad as _mnemesh_v1_CopyLoad, CopyLoad__Output as _mnemesh_v1_CopyLoad__Output } from '../../mnemesh/v1/CopyLoad.ts';
import type { Long } from '@grpc/proto-loader';

export interface CopyStatus {
  'node'?: (string);
  'state'?: (_mnemesh_v1_CopyState);
  'loaded'?: (number | string | Long);
  'expected'?: (number | string | Long);
  'entries'?: (number | string | Long);
  'memoryBytes'?: (number | string | Long);
  'load'?: (_mnemesh_v1_CopyLoad | null);
}

export interface CopyStatus__Output {
  'node': (string);
  'state': (_mnemesh_v1_CopyState__Output);
  'loaded': (number);
  'expected': (number);
  'entries': (number);
  'memoryBytes': (number);
  'load': (_mnemesh_v1_CopyLoad__Output | null);
}

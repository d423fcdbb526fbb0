// Made by `npm run generate` from proto/.

import type { TableOptions as _mnemesh_v1_TableOptions, TableOptions__Output as _mnemesh_v1_TableOptions__Output } from '../../mnemesh/v1/TableOptions.ts';
import type { CopyStatus as _mnemesh_v1_CopyStatus, CopyStatus__Output as _mnemesh_v1_CopyStatus__Output } from '../../mnemesh/v1/CopyStatus.ts';
import type { Long } from '@grpc/proto-loader';

export interface TableDescription {
  'name'?: (string);
  'id'?: (string);
  'options'?: (_mnemesh_v1_TableOptions | null);
  'entries'?: (number | string | Long);
  'bytes'?: (number | string | Long);
  'memoryBytes'?: (number | string | Long);
  'tombstones'?: (number | string | Long);
  'copies'?: (_mnemesh_v1_CopyStatus)[];
  'evicted'?: (number | string | Long);
}

export interface TableDescription__Output {
  'name': (string);
  'id': (string);
  'options': (_mnemesh_v1_TableOptions__Output | null);
  'entries': (number);
  'bytes': (number);
  'memoryBytes': (number);
  'tombstones': (number);
  'copies': (_mnemesh_v1_CopyStatus__Output)[];
  'evicted': (number);
}

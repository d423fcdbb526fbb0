// Made by `npm run generate` from proto/.

import type { OperationType as _mnemesh_v1_OperationType, OperationType__Output as _mnemesh_v1_OperationType__Output } from '../../mnemesh/v1/OperationType.ts';
import type { Key as _mnemesh_v1_Key, Key__Output as _mnemesh_v1_Key__Output } from '../../mnemesh/v1/Key.ts';
import type { Value as _mnemesh_v1_Value, Value__Output as _mnemesh_v1_Value__Output } from '../../mnemesh/v1/Value.ts';
import type { Long } from '@grpc/proto-loader';

export interface TransactOperation {
  'type'?: (_mnemesh_v1_OperationType);
  'table'?: (string);
  'key'?: (_mnemesh_v1_Key | null);
  'value'?: (_mnemesh_v1_Value | null);
  'by'?: (number | string);
  'ttlMs'?: (number | string | Long);
  'keepTtl'?: (boolean);
  'ifAbsent'?: (boolean);
  'ifVersion'?: (string);
  '_by'?: "by";
  'condition'?: "ifAbsent"|"ifVersion";
}

export interface TransactOperation__Output {
  'type': (_mnemesh_v1_OperationType__Output);
  'table': (string);
  'key': (_mnemesh_v1_Key__Output | null);
  'value': (_mnemesh_v1_Value__Output | null);
  'by'?: (number);
  'ttlMs': (number);
  'keepTtl': (boolean);
  'ifAbsent'?: (boolean);
  'ifVersion'?: (string);
  '_by'?: "by";
  'condition'?: "ifAbsent"|"ifVersion";
}

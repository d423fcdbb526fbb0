// Made by `npm run generate` from proto/.

import type { TransactRead as _mnemesh_v1_TransactRead, TransactRead__Output as _mnemesh_v1_TransactRead__Output } from '../../mnemesh/v1/TransactRead.ts';
import type { TransactRange as _mnemesh_v1_TransactRange, TransactRange__Output as _mnemesh_v1_TransactRange__Output } from '../../mnemesh/v1/TransactRange.ts';
import type { TransactGuard as _mnemesh_v1_TransactGuard, TransactGuard__Output as _mnemesh_v1_TransactGuard__Output } from '../../mnemesh/v1/TransactGuard.ts';
import type { TransactOperation as _mnemesh_v1_TransactOperation, TransactOperation__Output as _mnemesh_v1_TransactOperation__Output } from '../../mnemesh/v1/TransactOperation.ts';

export interface TransactRequest {
  'reads'?: (_mnemesh_v1_TransactRead)[];
  'ranges'?: (_mnemesh_v1_TransactRange)[];
  'guards'?: (_mnemesh_v1_TransactGuard)[];
  'operations'?: (_mnemesh_v1_TransactOperation)[];
}

export interface TransactRequest__Output {
  'reads': (_mnemesh_v1_TransactRead__Output)[];
  'ranges': (_mnemesh_v1_TransactRange__Output)[];
  'guards': (_mnemesh_v1_TransactGuard__Output)[];
  'operations': (_mnemesh_v1_TransactOperation__Output)[];
}

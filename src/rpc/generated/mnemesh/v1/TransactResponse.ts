// Made by `npm run generate` from proto/.

import type { TransactOutcome as _mnemesh_v1_TransactOutcome, TransactOutcome__Output as _mnemesh_v1_TransactOutcome__Output } from '../../mnemesh/v1/TransactOutcome.ts';
import type { Long } from '@grpc/proto-loader';

export interface TransactResponse {
  'index'?: (number | string | Long);
  'outcomes'?: (_mnemesh_v1_TransactOutcome)[];
}

export interface TransactResponse__Output {
  'index': (number);
  'outcomes': (_mnemesh_v1_TransactOutcome__Output)[];
}

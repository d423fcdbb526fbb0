// Made by `npm run generate` from proto/.

import type { Long } from '@grpc/proto-loader';

export interface TransactRange {
  'table'?: (string);
  'asOf'?: (number | string | Long);
}

export interface TransactRange__Output {
  'table': (string);
  'asOf': (number);
}

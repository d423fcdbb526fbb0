// Made by `npm run generate` from proto/.

import type { Long } from '@grpc/proto-loader';

export interface CopyLoad {
  'rows'?: (number | string | Long);
  'expectedRows'?: (number | string | Long);
  'bytes'?: (number | string | Long);
  'expectedBytes'?: (number | string | Long);
  'share'?: (number | string);
  'rowsPerSecond'?: (number | string);
  'bytesPerSecond'?: (number | string);
  'elapsedMs'?: (number | string);
  'etaMs'?: (number | string);
  '_etaMs'?: "etaMs";
}

export interface CopyLoad__Output {
  'rows': (number);
  'expectedRows': (number);
  'bytes': (number);
  'expectedBytes': (number);
  'share': (number);
  'rowsPerSecond': (number);
  'bytesPerSecond': (number);
  'elapsedMs': (number);
  'etaMs'?: (number);
  '_etaMs'?: "etaMs";
}

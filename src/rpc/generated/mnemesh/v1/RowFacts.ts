// Made by `npm run generate` from proto/.

import type { Long } from '@grpc/proto-loader';

export interface RowFacts {
  'version'?: (string);
  'writer'?: (string);
  'writtenAtMs'?: (number | string | Long);
  'state'?: (string);
  'ttlMs'?: (number | string | Long);
  'bytes'?: (number);
  'stamp'?: (number | string | Long);
  '_ttlMs'?: "ttlMs";
}

export interface RowFacts__Output {
  'version': (string);
  'writer': (string);
  'writtenAtMs': (number);
  'state': (string);
  'ttlMs'?: (number);
  'bytes': (number);
  'stamp': (number);
  '_ttlMs'?: "ttlMs";
}

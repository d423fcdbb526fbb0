// Made by `npm run generate` from proto/.

import type { Long } from '@grpc/proto-loader';

export interface VerifiedCopy {
  'node'?: (string);
  'state'?: (string);
  'rows'?: (number | string | Long);
}

export interface VerifiedCopy__Output {
  'node': (string);
  'state': (string);
  'rows': (number);
}

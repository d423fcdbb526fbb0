// Made by `npm run generate` from proto/.

import type { Long } from '@grpc/proto-loader';

export interface DumpDescription {
  'name'?: (string);
  'group'?: (string);
  'generation'?: (number | string | Long);
  'rows'?: (number | string | Long);
}

export interface DumpDescription__Output {
  'name': (string);
  'group': (string);
  'generation': (number);
  'rows': (number);
}

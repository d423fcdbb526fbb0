// Made by `npm run generate` from proto/.

import type { Long } from '@grpc/proto-loader';

export interface FencingToken {
  'generation'?: (number | string | Long);
  'index'?: (number | string | Long);
}

export interface FencingToken__Output {
  'generation': (number);
  'index': (number);
}

// Made by `npm run generate` from proto/.

import type { Long } from '@grpc/proto-loader';

export interface PeerLag {
  'node'?: (string);
  'connected'?: (boolean);
  'operations'?: (number | string | Long);
  'ms'?: (number | string);
}

export interface PeerLag__Output {
  'node': (string);
  'connected': (boolean);
  'operations': (number);
  'ms': (number);
}

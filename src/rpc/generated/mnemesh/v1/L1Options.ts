// Made by `npm run generate` from proto/.

import type { Long } from '@grpc/proto-loader';

export interface L1Options {
  'off'?: (boolean);
  'maxEntries'?: (number | string | Long);
  'maxBytes'?: (number | string | Long);
  'ttlMs'?: (number | string | Long);
  '_maxEntries'?: "maxEntries";
  '_maxBytes'?: "maxBytes";
  '_ttlMs'?: "ttlMs";
}

export interface L1Options__Output {
  'off': (boolean);
  'maxEntries'?: (number);
  'maxBytes'?: (number);
  'ttlMs'?: (number);
  '_maxEntries'?: "maxEntries";
  '_maxBytes'?: "maxBytes";
  '_ttlMs'?: "ttlMs";
}

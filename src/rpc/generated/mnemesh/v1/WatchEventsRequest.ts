// Made by `npm run generate` from proto/.

import type { Long } from '@grpc/proto-loader';

export interface WatchEventsRequest {
  'recent'?: (boolean);
  'recentOnly'?: (boolean);
  'member'?: (string);
  'after'?: (number | string | Long);
  '_member'?: "member";
  '_after'?: "after";
}

export interface WatchEventsRequest__Output {
  'recent': (boolean);
  'recentOnly': (boolean);
  'member'?: (string);
  'after'?: (number);
  '_member'?: "member";
  '_after'?: "after";
}

// Made by `npm run generate` from proto/.

import type { ClusterEvent as _mnemesh_v1_ClusterEvent, ClusterEvent__Output as _mnemesh_v1_ClusterEvent__Output } from '../../mnemesh/v1/ClusterEvent.ts';
import type { Long } from '@grpc/proto-loader';

export interface WatchEventsResponse {
  'member'?: (string);
  'after'?: (number | string | Long);
  'event'?: (_mnemesh_v1_ClusterEvent | null);
}

export interface WatchEventsResponse__Output {
  'member': (string);
  'after': (number);
  'event': (_mnemesh_v1_ClusterEvent__Output | null);
}

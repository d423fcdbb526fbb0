// Made by `npm run generate` from proto/.

import type { NodeState as _mnemesh_v1_NodeState, NodeState__Output as _mnemesh_v1_NodeState__Output } from '../../mnemesh/v1/NodeState.ts';
import type { PeerLag as _mnemesh_v1_PeerLag, PeerLag__Output as _mnemesh_v1_PeerLag__Output } from '../../mnemesh/v1/PeerLag.ts';
import type { Long } from '@grpc/proto-loader';

export interface NodeStatus {
  'name'?: (string);
  'state'?: (_mnemesh_v1_NodeState);
  'address'?: (string);
  'gossip'?: (string);
  'incarnation'?: (number | string | Long);
  'version'?: (string);
  'zone'?: (string);
  'uptimeMs'?: (number | string | Long);
  'localTables'?: (string)[];
  'owns'?: (number | string);
  'entries'?: (number | string | Long);
  'memoryBytes'?: (number | string | Long);
  'l1Hits'?: (number | string | Long);
  'l1Misses'?: (number | string | Long);
  'lag'?: (_mnemesh_v1_PeerLag)[];
  'view'?: (string)[];
  'events'?: ({[key: string]: number | string | Long});
  'evicted'?: (number | string | Long);
  'maxBytes'?: (number | string | Long);
  'queueLength'?: (number | string | Long);
  'queueAgeMs'?: (number | string | Long);
  'refused'?: (number | string | Long);
  'healthScore'?: (number);
}

export interface NodeStatus__Output {
  'name': (string);
  'state': (_mnemesh_v1_NodeState__Output);
  'address': (string);
  'gossip': (string);
  'incarnation': (number);
  'version': (string);
  'zone': (string);
  'uptimeMs': (number);
  'localTables': (string)[];
  'owns': (number);
  'entries': (number);
  'memoryBytes': (number);
  'l1Hits': (number);
  'l1Misses': (number);
  'lag': (_mnemesh_v1_PeerLag__Output)[];
  'view': (string)[];
  'events': ({[key: string]: number});
  'evicted': (number);
  'maxBytes': (number);
  'queueLength': (number);
  'queueAgeMs': (number);
  'refused': (number);
  'healthScore': (number);
}

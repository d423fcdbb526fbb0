// Made by `npm run generate` from proto/.

import type { NodeStatus as _mnemesh_v1_NodeStatus, NodeStatus__Output as _mnemesh_v1_NodeStatus__Output } from '../../mnemesh/v1/NodeStatus.ts';
import type { TableDescription as _mnemesh_v1_TableDescription, TableDescription__Output as _mnemesh_v1_TableDescription__Output } from '../../mnemesh/v1/TableDescription.ts';
import type { GroupStatus as _mnemesh_v1_GroupStatus, GroupStatus__Output as _mnemesh_v1_GroupStatus__Output } from '../../mnemesh/v1/GroupStatus.ts';

export interface ClusterStatus {
  'cluster'?: (string);
  'self'?: (string);
  'healthy'?: (boolean);
  'nodes'?: (_mnemesh_v1_NodeStatus)[];
  'tables'?: (_mnemesh_v1_TableDescription)[];
  'differingViews'?: (string)[];
  'group'?: (_mnemesh_v1_GroupStatus | null);
}

export interface ClusterStatus__Output {
  'cluster': (string);
  'self': (string);
  'healthy': (boolean);
  'nodes': (_mnemesh_v1_NodeStatus__Output)[];
  'tables': (_mnemesh_v1_TableDescription__Output)[];
  'differingViews': (string)[];
  'group': (_mnemesh_v1_GroupStatus__Output | null);
}

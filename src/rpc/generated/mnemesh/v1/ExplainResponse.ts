// Made by `npm run generate` from proto/.

import type { Key as _mnemesh_v1_Key, Key__Output as _mnemesh_v1_Key__Output } from '../../mnemesh/v1/Key.ts';
import type { KeyOnNode as _mnemesh_v1_KeyOnNode, KeyOnNode__Output as _mnemesh_v1_KeyOnNode__Output } from '../../mnemesh/v1/KeyOnNode.ts';

export interface ExplainResponse {
  'table'?: (string);
  'key'?: (_mnemesh_v1_Key | null);
  'partition'?: (number);
  'owner'?: (string);
  'order'?: (string)[];
  'agrees'?: (boolean);
  'why'?: (string);
  'nodes'?: (_mnemesh_v1_KeyOnNode)[];
  '_owner'?: "owner";
}

export interface ExplainResponse__Output {
  'table': (string);
  'key': (_mnemesh_v1_Key__Output | null);
  'partition': (number);
  'owner'?: (string);
  'order': (string)[];
  'agrees': (boolean);
  'why': (string);
  'nodes': (_mnemesh_v1_KeyOnNode__Output)[];
  '_owner'?: "owner";
}

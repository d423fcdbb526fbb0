// Made by `npm run generate` from proto/.

import type { Key as _mnemesh_v1_Key, Key__Output as _mnemesh_v1_Key__Output } from '../../mnemesh/v1/Key.ts';
import type { RowFacts as _mnemesh_v1_RowFacts, RowFacts__Output as _mnemesh_v1_RowFacts__Output } from '../../mnemesh/v1/RowFacts.ts';
import type { RowOnNode as _mnemesh_v1_RowOnNode, RowOnNode__Output as _mnemesh_v1_RowOnNode__Output } from '../../mnemesh/v1/RowOnNode.ts';

export interface KeyDifference {
  'key'?: (_mnemesh_v1_Key | null);
  'rule'?: (string);
  'wins'?: (_mnemesh_v1_RowFacts | null);
  'nodes'?: (_mnemesh_v1_RowOnNode)[];
}

export interface KeyDifference__Output {
  'key': (_mnemesh_v1_Key__Output | null);
  'rule': (string);
  'wins': (_mnemesh_v1_RowFacts__Output | null);
  'nodes': (_mnemesh_v1_RowOnNode__Output)[];
}

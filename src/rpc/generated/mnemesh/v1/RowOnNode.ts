// Made by `npm run generate` from proto/.

import type { RowFacts as _mnemesh_v1_RowFacts, RowFacts__Output as _mnemesh_v1_RowFacts__Output } from '../../mnemesh/v1/RowFacts.ts';

export interface RowOnNode {
  'node'?: (string);
  'row'?: (_mnemesh_v1_RowFacts | null);
}

export interface RowOnNode__Output {
  'node': (string);
  'row': (_mnemesh_v1_RowFacts__Output | null);
}

// Made by `npm run generate` from proto/.

import type { RowFacts as _mnemesh_v1_RowFacts, RowFacts__Output as _mnemesh_v1_RowFacts__Output } from '../../mnemesh/v1/RowFacts.ts';
import type { Long } from '@grpc/proto-loader';

export interface KeyOnNode {
  'node'?: (string);
  'copy'?: (string);
  'row'?: (_mnemesh_v1_RowFacts | null);
  'l1'?: (string);
  'floorMs'?: (number | string | Long);
  'clearedAtMs'?: (number | string | Long);
}

export interface KeyOnNode__Output {
  'node': (string);
  'copy': (string);
  'row': (_mnemesh_v1_RowFacts__Output | null);
  'l1': (string);
  'floorMs': (number);
  'clearedAtMs': (number);
}

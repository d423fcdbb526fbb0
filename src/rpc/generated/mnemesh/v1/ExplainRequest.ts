// Made by `npm run generate` from proto/.

import type { Key as _mnemesh_v1_Key, Key__Output as _mnemesh_v1_Key__Output } from '../../mnemesh/v1/Key.ts';

export interface ExplainRequest {
  'table'?: (string);
  'key'?: (_mnemesh_v1_Key | null);
}

export interface ExplainRequest__Output {
  'table': (string);
  'key': (_mnemesh_v1_Key__Output | null);
}

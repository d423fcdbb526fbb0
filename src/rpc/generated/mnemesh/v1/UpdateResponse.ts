// Made by `npm run generate` from proto/.

import type { Entry as _mnemesh_v1_Entry, Entry__Output as _mnemesh_v1_Entry__Output } from '../../mnemesh/v1/Entry.ts';

export interface UpdateResponse {
  'applied'?: (boolean);
  'entry'?: (_mnemesh_v1_Entry | null);
}

export interface UpdateResponse__Output {
  'applied': (boolean);
  'entry': (_mnemesh_v1_Entry__Output | null);
}

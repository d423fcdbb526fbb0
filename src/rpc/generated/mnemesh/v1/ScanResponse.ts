// Made by `npm run generate` from proto/.

import type { Entry as _mnemesh_v1_Entry, Entry__Output as _mnemesh_v1_Entry__Output } from '../../mnemesh/v1/Entry.ts';

export interface ScanResponse {
  'entries'?: (_mnemesh_v1_Entry)[];
}

export interface ScanResponse__Output {
  'entries': (_mnemesh_v1_Entry__Output)[];
}

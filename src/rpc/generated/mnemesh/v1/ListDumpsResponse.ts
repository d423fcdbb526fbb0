// Made by `npm run generate` from proto/.

import type { DumpDescription as _mnemesh_v1_DumpDescription, DumpDescription__Output as _mnemesh_v1_DumpDescription__Output } from '../../mnemesh/v1/DumpDescription.ts';

export interface ListDumpsResponse {
  'dumps'?: (_mnemesh_v1_DumpDescription)[];
}

export interface ListDumpsResponse__Output {
  'dumps': (_mnemesh_v1_DumpDescription__Output)[];
}

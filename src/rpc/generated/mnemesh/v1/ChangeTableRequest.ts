// Made by `npm run generate` from proto/.

import type { TableOptions as _mnemesh_v1_TableOptions, TableOptions__Output as _mnemesh_v1_TableOptions__Output } from '../../mnemesh/v1/TableOptions.ts';

export interface ChangeTableRequest {
  'name'?: (string);
  'options'?: (_mnemesh_v1_TableOptions | null);
  'unset'?: (string)[];
}

export interface ChangeTableRequest__Output {
  'name': (string);
  'options': (_mnemesh_v1_TableOptions__Output | null);
  'unset': (string)[];
}

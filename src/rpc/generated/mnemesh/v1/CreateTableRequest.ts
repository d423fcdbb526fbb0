// Made by `npm run generate` from proto/.

import type { TableOptions as _mnemesh_v1_TableOptions, TableOptions__Output as _mnemesh_v1_TableOptions__Output } from '../../mnemesh/v1/TableOptions.ts';

export interface CreateTableRequest {
  'name'?: (string);
  'options'?: (_mnemesh_v1_TableOptions | null);
}

export interface CreateTableRequest__Output {
  'name': (string);
  'options': (_mnemesh_v1_TableOptions__Output | null);
}

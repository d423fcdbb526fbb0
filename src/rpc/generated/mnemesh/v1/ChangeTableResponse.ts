// Made by `npm run generate` from proto/.

import type { TableDescription as _mnemesh_v1_TableDescription, TableDescription__Output as _mnemesh_v1_TableDescription__Output } from '../../mnemesh/v1/TableDescription.ts';

export interface ChangeTableResponse {
  'table'?: (_mnemesh_v1_TableDescription | null);
}

export interface ChangeTableResponse__Output {
  'table': (_mnemesh_v1_TableDescription__Output | null);
}

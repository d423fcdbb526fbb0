// Made by `npm run generate` from proto/.

import type { TableDescription as _mnemesh_v1_TableDescription, TableDescription__Output as _mnemesh_v1_TableDescription__Output } from '../../mnemesh/v1/TableDescription.ts';

export interface ListTablesResponse {
  'tables'?: (_mnemesh_v1_TableDescription)[];
}

export interface ListTablesResponse__Output {
  'tables': (_mnemesh_v1_TableDescription__Output)[];
}

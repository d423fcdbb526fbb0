// Made by `npm run generate` from proto/.

import type { GetResponse as _mnemesh_v1_GetResponse, GetResponse__Output as _mnemesh_v1_GetResponse__Output } from '../../mnemesh/v1/GetResponse.ts';

export interface GetManyResponse {
  'results'?: (_mnemesh_v1_GetResponse)[];
}

export interface GetManyResponse__Output {
  'results': (_mnemesh_v1_GetResponse__Output)[];
}

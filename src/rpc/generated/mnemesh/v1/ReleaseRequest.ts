// Made by `npm run generate` from proto/.

import type { FencingToken as _mnemesh_v1_FencingToken, FencingToken__Output as _mnemesh_v1_FencingToken__Output } from '../../mnemesh/v1/FencingToken.ts';

export interface ReleaseRequest {
  'name'?: (string);
  'token'?: (_mnemesh_v1_FencingToken | null);
}

export interface ReleaseRequest__Output {
  'name': (string);
  'token': (_mnemesh_v1_FencingToken__Output | null);
}

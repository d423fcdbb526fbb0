// Made by `npm run generate` from proto/.

import type { RecoverMode as _mnemesh_v1_RecoverMode, RecoverMode__Output as _mnemesh_v1_RecoverMode__Output } from '../../mnemesh/v1/RecoverMode.ts';

export interface RecoverRequest {
  'mode'?: (_mnemesh_v1_RecoverMode);
}

export interface RecoverRequest__Output {
  'mode': (_mnemesh_v1_RecoverMode__Output);
}

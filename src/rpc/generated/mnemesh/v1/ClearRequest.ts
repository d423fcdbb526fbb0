// Made by `npm run generate` from proto/.

import type { Ack as _mnemesh_v1_Ack, Ack__Output as _mnemesh_v1_Ack__Output } from '../../mnemesh/v1/Ack.ts';

export interface ClearRequest {
  'table'?: (string);
  'ack'?: (_mnemesh_v1_Ack);
}

export interface ClearRequest__Output {
  'table': (string);
  'ack': (_mnemesh_v1_Ack__Output);
}

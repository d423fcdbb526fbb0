// Made by `npm run generate` from proto/.

import type { GroupStatus as _mnemesh_v1_GroupStatus, GroupStatus__Output as _mnemesh_v1_GroupStatus__Output } from '../../mnemesh/v1/GroupStatus.ts';

export interface RecoverResponse {
  'group'?: (_mnemesh_v1_GroupStatus | null);
}

export interface RecoverResponse__Output {
  'group': (_mnemesh_v1_GroupStatus__Output | null);
}

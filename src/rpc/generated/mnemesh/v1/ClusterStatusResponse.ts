// Made by `npm run generate` from proto/.

import type { ClusterStatus as _mnemesh_v1_ClusterStatus, ClusterStatus__Output as _mnemesh_v1_ClusterStatus__Output } from '../../mnemesh/v1/ClusterStatus.ts';

export interface ClusterStatusResponse {
  'status'?: (_mnemesh_v1_ClusterStatus | null);
}

export interface ClusterStatusResponse__Output {
  'status': (_mnemesh_v1_ClusterStatus__Output | null);
}

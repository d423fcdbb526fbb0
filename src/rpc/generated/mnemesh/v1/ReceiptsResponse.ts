// Made by `npm run generate` from proto/.

import type { NodeReceipts as _mnemesh_v1_NodeReceipts, NodeReceipts__Output as _mnemesh_v1_NodeReceipts__Output } from '../../mnemesh/v1/NodeReceipts.ts';

export interface ReceiptsResponse {
  'nodes'?: (_mnemesh_v1_NodeReceipts)[];
}

export interface ReceiptsResponse__Output {
  'nodes': (_mnemesh_v1_NodeReceipts__Output)[];
}

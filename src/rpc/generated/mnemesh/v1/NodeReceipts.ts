// Made by `npm run generate` from proto/.

import type { HealCounts as _mnemesh_v1_HealCounts, HealCounts__Output as _mnemesh_v1_HealCounts__Output } from '../../mnemesh/v1/HealCounts.ts';
import type { Receipt as _mnemesh_v1_Receipt, Receipt__Output as _mnemesh_v1_Receipt__Output } from '../../mnemesh/v1/Receipt.ts';

export interface NodeReceipts {
  'node'?: (string);
  'state'?: (string);
  'counts'?: (_mnemesh_v1_HealCounts | null);
  'receipts'?: (_mnemesh_v1_Receipt)[];
}

export interface NodeReceipts__Output {
  'node': (string);
  'state': (string);
  'counts': (_mnemesh_v1_HealCounts__Output | null);
  'receipts': (_mnemesh_v1_Receipt__Output)[];
}

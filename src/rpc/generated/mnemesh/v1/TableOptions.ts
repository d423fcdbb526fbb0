// Made by `npm run generate` from proto/.

import type { Ack as _mnemesh_v1_Ack, Ack__Output as _mnemesh_v1_Ack__Output } from '../../mnemesh/v1/Ack.ts';
import type { L1Options as _mnemesh_v1_L1Options, L1Options__Output as _mnemesh_v1_L1Options__Output } from '../../mnemesh/v1/L1Options.ts';
import type { Long } from '@grpc/proto-loader';

export interface TableOptions {
  'type'?: (string);
  'copies'?: (string)[];
  'codec'?: (string);
  'ttlMs'?: (number | string | Long);
  'maxEntries'?: (number | string | Long);
  'maxBytes'?: (number | string | Long);
  'ack'?: (_mnemesh_v1_Ack);
  'l1'?: (_mnemesh_v1_L1Options | null);
  'majority'?: (boolean);
  'copyCount'?: (number);
  'durability'?: (string);
  'eviction'?: (string);
  'idleMs'?: (number | string | Long);
  'onMinority'?: (string);
  'onMerge'?: (string);
  'indexes'?: (string)[];
  'attributes'?: (string)[];
  '_type'?: "type";
  '_codec'?: "codec";
  '_ttlMs'?: "ttlMs";
  '_maxEntries'?: "maxEntries";
  '_maxBytes'?: "maxBytes";
  '_majority'?: "majority";
  '_copyCount'?: "copyCount";
  '_durability'?: "durability";
  '_eviction'?: "eviction";
  '_idleMs'?: "idleMs";
  '_onMinority'?: "onMinority";
  '_onMerge'?: "onMerge";
}

export interface TableOptions__Output {
  'type'?: (string);
  'copies': (string)[];
  'codec'?: (string);
  'ttlMs'?: (number);
  'maxEntries'?: (number);
  'maxBytes'?: (number);
  'ack': (_mnemesh_v1_Ack__Output);
  'l1': (_mnemesh_v1_L1Options__Output | null);
  'majority'?: (boolean);
  'copyCount'?: (number);
  'durability'?: (string);
  'eviction'?: (string);
  'idleMs'?: (number);
  'onMinority'?: (string);
  'onMerge'?: (string);
  'indexes': (string)[];
  'attributes': (string)[];
  '_type'?: "type";
  '_codec'?: "codec";
  '_ttlMs'?: "ttlMs";
  '_maxEntries'?: "maxEntries";
  '_maxBytes'?: "maxBytes";
  '_majority'?: "majority";
  '_copyCount'?: "copyCount";
  '_durability'?: "durability";
  '_eviction'?: "eviction";
  '_idleMs'?: "idleMs";
  '_onMinority'?: "onMinority";
  '_onMerge'?: "onMerge";
}

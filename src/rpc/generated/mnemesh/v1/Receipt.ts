// Made by `npm run generate` from proto/.

import type { Key as _mnemesh_v1_Key, Key__Output as _mnemesh_v1_Key__Output } from '../../mnemesh/v1/Key.ts';
import type { VersionFacts as _mnemesh_v1_VersionFacts, VersionFacts__Output as _mnemesh_v1_VersionFacts__Output } from '../../mnemesh/v1/VersionFacts.ts';
import type { Long } from '@grpc/proto-loader';

export interface Receipt {
  'atMs'?: (number | string | Long);
  'table'?: (string);
  'key'?: (_mnemesh_v1_Key | null);
  'node'?: (string);
  'here'?: (_mnemesh_v1_VersionFacts | null);
  'there'?: (_mnemesh_v1_VersionFacts | null);
  'rule'?: (string);
  'wins'?: (string);
}

export interface Receipt__Output {
  'atMs': (number);
  'table': (string);
  'key': (_mnemesh_v1_Key__Output | null);
  'node': (string);
  'here': (_mnemesh_v1_VersionFacts__Output | null);
  'there': (_mnemesh_v1_VersionFacts__Output | null);
  'rule': (string);
  'wins': (string);
}

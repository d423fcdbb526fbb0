// Made by `npm run generate` from proto/.

import type { Long } from '@grpc/proto-loader';

export interface GroupStatus {
  'id'?: (string);
  'generation'?: (number | string | Long);
  'provisional'?: (boolean);
  'term'?: (number | string | Long);
  'leader'?: (string);
  'voters'?: (string)[];
  'learners'?: (string)[];
  'applied'?: (number | string | Long);
  'schema'?: (number | string | Long);
  'hasQuorum'?: (boolean);
  '_leader'?: "leader";
}

export interface GroupStatus__Output {
  'id': (string);
  'generation': (number);
  'provisional': (boolean);
  'term': (number);
  'leader'?: (string);
  'voters': (string)[];
  'learners': (string)[];
  'applied': (number);
  'schema': (number);
  'hasQuorum': (boolean);
  '_leader'?: "leader";
}

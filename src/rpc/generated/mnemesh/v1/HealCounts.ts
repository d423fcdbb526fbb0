// Made by `npm run generate` from proto/.

import type { Long } from '@grpc/proto-loader';

export interface HealCounts {
  'pushed'?: (number | string | Long);
  'pulled'?: (number | string | Long);
  'overwrittenHere'?: (number | string | Long);
  'overwrittenThere'?: (number | string | Long);
  'orphans'?: (number | string | Long);
  'discarded'?: (number | string | Long);
}

export interface HealCounts__Output {
  'pushed': (number);
  'pulled': (number);
  'overwrittenHere': (number);
  'overwrittenThere': (number);
  'orphans': (number);
  'discarded': (number);
}

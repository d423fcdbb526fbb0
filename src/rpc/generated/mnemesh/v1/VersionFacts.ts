// Made by `npm run generate` from proto/.

import type { Long } from '@grpc/proto-loader';

export interface VersionFacts {
  'version'?: (string);
  'writer'?: (string);
  'writtenAtMs'?: (number | string | Long);
  'state'?: (string);
}

export interface VersionFacts__Output {
  'version': (string);
  'writer': (string);
  'writtenAtMs': (number);
  'state': (string);
}

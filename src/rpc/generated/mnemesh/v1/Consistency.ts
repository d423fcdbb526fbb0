// Made by `npm run generate` from proto/.

export const Consistency = {
  CONSISTENCY_UNSPECIFIED: 'CONSISTENCY_UNSPECIFIED',
  CONSISTENCY_LINEARIZABLE: 'CONSISTENCY_LINEARIZABLE',
  CONSISTENCY_LOCAL: 'CONSISTENCY_LOCAL',
} as const;

export type Consistency =
  | 'CONSISTENCY_UNSPECIFIED'
  | 0
  | 'CONSISTENCY_LINEARIZABLE'
  | 1
  | 'CONSISTENCY_LOCAL'
  | 2

export type Consistency__Output = typeof Consistency[keyof typeof Consistency]

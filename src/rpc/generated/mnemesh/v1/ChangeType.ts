// Made by `npm run generate` from proto/.

export const ChangeType = {
  CHANGE_TYPE_UNSPECIFIED: 'CHANGE_TYPE_UNSPECIFIED',
  CHANGE_TYPE_SET: 'CHANGE_TYPE_SET',
  CHANGE_TYPE_DELETE: 'CHANGE_TYPE_DELETE',
  CHANGE_TYPE_EXPIRE: 'CHANGE_TYPE_EXPIRE',
  CHANGE_TYPE_CLEAR: 'CHANGE_TYPE_CLEAR',
  CHANGE_TYPE_RESYNC: 'CHANGE_TYPE_RESYNC',
  CHANGE_TYPE_EVICT: 'CHANGE_TYPE_EVICT',
} as const;

export type ChangeType =
  | 'CHANGE_TYPE_UNSPECIFIED'
  | 0
  | 'CHANGE_TYPE_SET'
  | 1
  | 'CHANGE_TYPE_DELETE'
  | 2
  | 'CHANGE_TYPE_EXPIRE'
  | 3
  | 'CHANGE_TYPE_CLEAR'
  | 4
  | 'CHANGE_TYPE_RESYNC'
  | 5
  | 'CHANGE_TYPE_EVICT'
  | 6

export type ChangeType__Output = typeof ChangeType[keyof typeof ChangeType]

// Made by `npm run generate` from proto/.

export const LockMode = {
  LOCK_MODE_UNSPECIFIED: 'LOCK_MODE_UNSPECIFIED',
  LOCK_MODE_EXCLUSIVE: 'LOCK_MODE_EXCLUSIVE',
  LOCK_MODE_SHARED: 'LOCK_MODE_SHARED',
} as const;

export type LockMode =
  | 'LOCK_MODE_UNSPECIFIED'
  | 0
  | 'LOCK_MODE_EXCLUSIVE'
  | 1
  | 'LOCK_MODE_SHARED'
  | 2

export type LockMode__Output = typeof LockMode[keyof typeof LockMode]

// Made by `npm run generate` from proto/.

export const RecoverMode = {
  RECOVER_MODE_UNSPECIFIED: 'RECOVER_MODE_UNSPECIFIED',
  RECOVER_MODE_FORCE: 'RECOVER_MODE_FORCE',
  RECOVER_MODE_ACCEPT: 'RECOVER_MODE_ACCEPT',
} as const;

export type RecoverMode =
  | 'RECOVER_MODE_UNSPECIFIED'
  | 0
  | 'RECOVER_MODE_FORCE'
  | 1
  | 'RECOVER_MODE_ACCEPT'
  | 2

export type RecoverMode__Output = typeof RecoverMode[keyof typeof RecoverMode]

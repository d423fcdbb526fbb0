// Made by `npm run generate` from proto/.

export const CopyState = {
  COPY_STATE_UNSPECIFIED: 'COPY_STATE_UNSPECIFIED',
  COPY_STATE_WANTED: 'COPY_STATE_WANTED',
  COPY_STATE_LOADING: 'COPY_STATE_LOADING',
  COPY_STATE_ACTIVE: 'COPY_STATE_ACTIVE',
  COPY_STATE_UNREACHABLE: 'COPY_STATE_UNREACHABLE',
  COPY_STATE_LEAVING: 'COPY_STATE_LEAVING',
} as const;

export type CopyState =
  | 'COPY_STATE_UNSPECIFIED'
  | 0
  | 'COPY_STATE_WANTED'
  | 1
  | 'COPY_STATE_LOADING'
  | 2
  | 'COPY_STATE_ACTIVE'
  | 3
  | 'COPY_STATE_UNREACHABLE'
  | 4
  | 'COPY_STATE_LEAVING'
  | 5

export type CopyState__Output = typeof CopyState[keyof typeof CopyState]

// Made by `npm run generate` from proto/.

export const NodeState = {
  NODE_STATE_UNSPECIFIED: 'NODE_STATE_UNSPECIFIED',
  NODE_STATE_UP: 'NODE_STATE_UP',
  NODE_STATE_STARTING: 'NODE_STATE_STARTING',
  NODE_STATE_UNREACHABLE: 'NODE_STATE_UNREACHABLE',
} as const;

export type NodeState =
  | 'NODE_STATE_UNSPECIFIED'
  | 0
  | 'NODE_STATE_UP'
  | 1
  | 'NODE_STATE_STARTING'
  | 2
  | 'NODE_STATE_UNREACHABLE'
  | 3

export type NodeState__Output = typeof NodeState[keyof typeof NodeState]

// Made by `npm run generate` from proto/.


export interface LockLost {
  'reason'?: (string);
}

export interface LockLost__Output {
  'reason': (string);
}

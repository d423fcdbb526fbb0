// Made by `npm run generate` from proto/.


export interface JoinRequest {
  'seeds'?: (string)[];
}

export interface JoinRequest__Output {
  'seeds': (string)[];
}

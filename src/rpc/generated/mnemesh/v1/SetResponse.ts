// Made by `npm run generate` from proto/.


export interface SetResponse {
  'applied'?: (boolean);
}

export interface SetResponse__Output {
  'applied': (boolean);
}

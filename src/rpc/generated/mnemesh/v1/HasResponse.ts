// Made by `npm run generate` from proto/.


export interface HasResponse {
  'found'?: (boolean);
}

export interface HasResponse__Output {
  'found': (boolean);
}

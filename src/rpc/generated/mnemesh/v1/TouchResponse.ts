// Made by `npm run generate` from proto/.


export interface TouchResponse {
  'touched'?: (boolean);
}

export interface TouchResponse__Output {
  'touched': (boolean);
}

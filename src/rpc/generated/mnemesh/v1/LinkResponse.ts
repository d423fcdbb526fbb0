// Made by `npm run generate` from proto/.


export interface LinkResponse {
  'frame'?: (Buffer | Uint8Array | string);
}

export interface LinkResponse__Output {
  'frame': (Buffer);
}

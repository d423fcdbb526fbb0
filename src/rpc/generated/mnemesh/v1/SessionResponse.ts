// Made by `npm run generate` from proto/.


export interface SessionResponse {
  'frame'?: (Buffer | Uint8Array | string);
}

export interface SessionResponse__Output {
  'frame': (Buffer);
}

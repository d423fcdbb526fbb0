// Made by `npm run generate` from proto/.


export interface SessionRequest {
  'frame'?: (Buffer | Uint8Array | string);
}

export interface SessionRequest__Output {
  'frame': (Buffer);
}

// Made by `npm run generate` from proto/.


export interface LinkRequest {
  'frame'?: (Buffer | Uint8Array | string);
}

export interface LinkRequest__Output {
  'frame': (Buffer);
}

// Made by `npm run generate` from proto/.


export interface ReadDumpResponse {
  'part'?: (Buffer | Uint8Array | string);
}

export interface ReadDumpResponse__Output {
  'part': (Buffer);
}

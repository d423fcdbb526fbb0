// Made by `npm run generate` from proto/.


export interface Value {
  'msgpack'?: (Buffer | Uint8Array | string);
  'json'?: (Buffer | Uint8Array | string);
  'raw'?: (Buffer | Uint8Array | string);
  'kind'?: "msgpack"|"json"|"raw";
}

export interface Value__Output {
  'msgpack'?: (Buffer);
  'json'?: (Buffer);
  'raw'?: (Buffer);
  'kind'?: "msgpack"|"json"|"raw";
}

// Made by `npm run generate` from proto/.


export interface ReadDumpRequest {
  'name'?: (string);
}

export interface ReadDumpRequest__Output {
  'name': (string);
}

// Made by `npm run generate` from proto/.


export interface AddTableCopyRequest {
  'name'?: (string);
  'node'?: (string);
}

export interface AddTableCopyRequest__Output {
  'name': (string);
  'node': (string);
}

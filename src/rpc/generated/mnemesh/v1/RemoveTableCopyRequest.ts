// Made by `npm run generate` from proto/.


export interface RemoveTableCopyRequest {
  'name'?: (string);
  'node'?: (string);
}

export interface RemoveTableCopyRequest__Output {
  'name': (string);
  'node': (string);
}

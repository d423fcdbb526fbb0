// Made by `npm run generate` from proto/.


export interface AddTableCopyRequest {
  'name'?: (string);
  'node'?: (string);
  'wait'?: (boolean);
}

export interface AddTableCopyRequest__Output {
  'name': (string);
  'node': (string);
  'wait': (boolean);
}

// Made by `npm run generate` from proto/.


export interface MoveTableCopyRequest {
  'name'?: (string);
  'from'?: (string);
  'to'?: (string);
}

export interface MoveTableCopyRequest__Output {
  'name': (string);
  'from': (string);
  'to': (string);
}

// Made by `npm run generate` from proto/.


export interface LockServiceQueryRequest {
  'name'?: (string);
}

export interface LockServiceQueryRequest__Output {
  'name': (string);
}

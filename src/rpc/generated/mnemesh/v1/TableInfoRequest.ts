// Made by `npm run generate` from proto/.


export interface TableInfoRequest {
  'name'?: (string);
}

export interface TableInfoRequest__Output {
  'name': (string);
}

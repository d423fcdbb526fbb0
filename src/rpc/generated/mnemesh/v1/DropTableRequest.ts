// Made by `npm run generate` from proto/.


export interface DropTableRequest {
  'name'?: (string);
}

export interface DropTableRequest__Output {
  'name': (string);
}

// Made by `npm run generate` from proto/.


export interface VerifyRequest {
  'table'?: (string);
  'limit'?: (number);
}

export interface VerifyRequest__Output {
  'table': (string);
  'limit': (number);
}

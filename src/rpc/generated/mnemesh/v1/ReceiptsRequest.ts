// Made by `npm run generate` from proto/.


export interface ReceiptsRequest {
  'limit'?: (number);
}

export interface ReceiptsRequest__Output {
  'limit': (number);
}

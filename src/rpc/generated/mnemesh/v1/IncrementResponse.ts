// Made by `npm run generate` from proto/.


export interface IncrementResponse {
  'sum'?: (number | string);
}

export interface IncrementResponse__Output {
  'sum': (number);
}

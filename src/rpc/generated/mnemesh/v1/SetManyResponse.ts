// Made by `npm run generate` from proto/.


export interface SetManyResponse {
  'count'?: (number);
}

export interface SetManyResponse__Output {
  'count': (number);
}

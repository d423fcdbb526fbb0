// Made by `npm run generate` from proto/.


export interface WaitForTablesRequest {
  'names'?: (string)[];
}

export interface WaitForTablesRequest__Output {
  'names': (string)[];
}

// Made by `npm run generate` from proto/.


export interface TransactOutcome {
  'applied'?: (boolean);
  'version'?: (string);
  'number'?: (number | string);
  '_number'?: "number";
}

export interface TransactOutcome__Output {
  'applied': (boolean);
  'version': (string);
  'number'?: (number);
  '_number'?: "number";
}

// Made by `npm run generate` from proto/.


export interface WatchStatusRequest {
  'periodMs'?: (number);
}

export interface WatchStatusRequest__Output {
  'periodMs': (number);
}

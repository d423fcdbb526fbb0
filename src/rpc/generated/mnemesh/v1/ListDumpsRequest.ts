// Made by `npm run generate` from proto/.


export interface ListDumpsRequest {
}

export interface ListDumpsRequest__Output {
}

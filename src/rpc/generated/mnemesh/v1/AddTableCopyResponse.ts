// Made by `npm run generate` from proto/.


export interface AddTableCopyResponse {
}

export interface AddTableCopyResponse__Output {
}

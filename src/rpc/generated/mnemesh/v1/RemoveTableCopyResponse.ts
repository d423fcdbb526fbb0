// Made by `npm run generate` from proto/.


export interface RemoveTableCopyResponse {
}

export interface RemoveTableCopyResponse__Output {
}

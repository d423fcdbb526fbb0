// Made by `npm run generate` from proto/.


export interface MoveTableCopyResponse {
}

export interface MoveTableCopyResponse__Output {
}

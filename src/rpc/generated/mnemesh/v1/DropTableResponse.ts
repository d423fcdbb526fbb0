// Made by `npm run generate` from proto/.


export interface DropTableResponse {
}

export interface DropTableResponse__Output {
}

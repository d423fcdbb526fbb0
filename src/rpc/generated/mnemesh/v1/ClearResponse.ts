// Made by `npm run generate` from proto/.


export interface ClearResponse {
}

export interface ClearResponse__Output {
}

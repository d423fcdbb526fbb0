// Made by `npm run generate` from proto/.


export interface JoinResponse {
}

export interface JoinResponse__Output {
}

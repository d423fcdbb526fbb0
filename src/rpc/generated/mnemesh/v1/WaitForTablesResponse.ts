// Made by `npm run generate` from proto/.


export interface WaitForTablesResponse {
}

export interface WaitForTablesResponse__Output {
}

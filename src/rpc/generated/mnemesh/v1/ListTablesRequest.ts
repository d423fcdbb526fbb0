// Made by `npm run generate` from proto/.


export interface ListTablesRequest {
}

export interface ListTablesRequest__Output {
}

// Made by `npm run generate` from proto/.


export interface LeaveResponse {
}

export interface LeaveResponse__Output {
}

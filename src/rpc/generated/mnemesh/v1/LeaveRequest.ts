// Made by `npm run generate` from proto/.


export interface LeaveRequest {
}

export interface LeaveRequest__Output {
}

// Made by `npm run generate` from proto/.


export interface ClusterStatusRequest {
}

export interface ClusterStatusRequest__Output {
}

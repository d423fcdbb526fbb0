// Made by `npm run generate` from proto/.

export const Ack = {
  ACK_UNSPECIFIED: 'ACK_UNSPECIFIED',
  ACK_LOCAL: 'ACK_LOCAL',
  ACK_ONE: 'ACK_ONE',
  ACK_MAJORITY: 'ACK_MAJORITY',
  ACK_ALL: 'ACK_ALL',
} as const;

export type Ack =
  | 'ACK_UNSPECIFIED'
  | 0
  | 'ACK_LOCAL'
  | 1
  | 'ACK_ONE'
  | 2
  | 'ACK_MAJORITY'
  | 3
  | 'ACK_ALL'
  | 4

export type Ack__Output = typeof Ack[keyof typeof Ack]

// Made by `npm run generate` from proto/.

export const OperationType = {
  OPERATION_TYPE_UNSPECIFIED: 'OPERATION_TYPE_UNSPECIFIED',
  OPERATION_TYPE_SET: 'OPERATION_TYPE_SET',
  OPERATION_TYPE_DELETE: 'OPERATION_TYPE_DELETE',
  OPERATION_TYPE_INCREMENT: 'OPERATION_TYPE_INCREMENT',
} as const;

export type OperationType =
  | 'OPERATION_TYPE_UNSPECIFIED'
  | 0
  | 'OPERATION_TYPE_SET'
  | 1
  | 'OPERATION_TYPE_DELETE'
  | 2
  | 'OPERATION_TYPE_INCREMENT'
  | 3

export type OperationType__Output = typeof OperationType[keyof typeof OperationType]

import type { components, operations } from './generated.ts'

type Schemas = components['schemas']

export type StartVerification = Schemas['StartVerification']
export type ConfirmVerification = Schemas['ConfirmVerification']
export type ConfirmByPhone = Schemas['ConfirmByPhone']
export type RetryVerification = Schemas['RetryVerification']
export type Verification = Schemas['Verification']
export type ApprovedVerification = Schemas['ApprovedVerification']
export type VerificationDetail = Schemas['VerificationDetail']
export type Proof = Schemas['Proof']
export type AuditTrail = Schemas['AuditTrail']
/** Every `code` of an error of the API. */
export type ErrorCode = Schemas['Problem']['code']
export type Channel = Verification['channel']
export type VerificationStatus = Verification['status']
export type ListVerifications = Omit<
  NonNullable<operations['listVerifications']['parameters']['query']>,
  'cursor'
>

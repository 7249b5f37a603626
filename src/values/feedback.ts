/** What a client can report about the calls of a verification. */
export const FEEDBACK = ['no_call', 'other_number', 'marked_spam', 'code_refused', 'answered'] as const
export type Feedback = (typeof FEEDBACK)[number]

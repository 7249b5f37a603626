/** What the operations of each tag are for. The order is that of the reference. */
export const TAGS: Readonly<Record<string, string>> = {
  Verifications:
    'Start a verification, confirm the code, read what happened. A verification has one or more attempts: calls or messages.',
  'Browser and app':
    'What the user’s browser or app may do with the `client_token` of its verification. No API key needed, and none accepted.',
  Sandbox:
    'What simulated phones received. Test keys call and write to simulated phones only; nothing here touches a real one.',
  'API keys': 'Keys of back ends and administrators: what they may do, and from which networks.',
  Doors: 'Credentials for existing clients of operators, which speak that operator’s API to Ringproof.',
  Tenants: 'Customers of this installation. Each has its own keys, policy, balance and prices.',
  'Provider accounts': 'Credentials and settings at telephone operators. They serve every tenant.',
  Routes: 'Which accounts call a prefix, in which order.',
  Policies: 'The limits that protect a tenant’s users and money.',
  Phones: 'Phones that you trust or block.',
  Texts: 'What messages and voice calls say.',
  Prices: 'What a tenant pays for a call, and what a call costs you.',
  Billing: 'Balance, records, statements, top-ups and corrections.',
  Statistics: 'How verifications did.',
  Audit: 'What happened, who did it, and the signed checkpoints of the record.',
  Erasures: 'Erasing a phone, with a signed certificate.',
  Webhooks: 'URLs of yours that receive events, and every delivery.',
  Reconciliation: 'Our calls compared with the records of operators.',
  Service: 'For machines: health, readiness, metrics and public keys. No API key needed.',
}

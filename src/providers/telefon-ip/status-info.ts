/** How calls end, in the operator's words: SIP replies. Only `Ok: SIP 200 OK` is documented. */
export const STATUS_INFO = {
  answered: 'Ok: SIP 200 OK',
  busy: 'Ok: SIP 486 Busy Here',
  no_answer: 'Ok: SIP 487 Request Terminated',
  delivered: 'Ok: delivered',
  no_such_number: 'Error: SIP 404 Not Found',
  unreachable: 'Error: SIP 480 Temporarily Unavailable',
  unknown: 'Error',
}

/** Whether a text says that the phone was reached. */
export const saysDelivered = (info: string): boolean => /^ok\b/i.test(info)

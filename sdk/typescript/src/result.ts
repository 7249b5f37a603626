/** A promise of the data. `withResponse()` resolves to the data and the response, whose body has been read. */
export type Result<T> = Promise<T> & { withResponse(): Promise<{ data: T; response: Response }> }

/** Runs a request and remembers the response, for those who ask for it. */
export function resultOf<T>(run: (remember: (response: Response) => void) => Promise<T>): Result<T> {
  let response: Response
  const data = run((answered) => {
    response = answered
  })
  return Object.assign(data, { withResponse: () => data.then((data) => ({ data, response })) })
}

type Event = { id: string; status: string }

/** Opens a stream of events. `next` resolves to the next event, null at the end; `rest` to all until the end. */
export async function follow(url: string, token: string, lastEventId?: string) {
  const headers = { authorization: `Bearer ${token}`, ...(lastEventId && { 'last-event-id': lastEventId }) }
  const abort = new AbortController()
  const response = await fetch(`${url}/v1/client/events`, { headers, signal: abort.signal })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  let read = 0

  async function more(): Promise<boolean> {
    const chunk = await reader?.read()
    if (!chunk || chunk.done) return false
    text += chunk.value
    return true
  }

  async function next(): Promise<Event | null> {
    for (;;) {
      const found = /id: (\d+)\nevent: verification\ndata: (.*)\n\n/.exec(text.slice(read))
      if (found) {
        read += found.index + found[0].length
        return { id: found[1] ?? '', status: JSON.parse(found[2] ?? '').status }
      }
      if (!(await more())) return null
    }
  }

  return {
    response,
    next,
    /** Everything received so far. */
    text: () => text,
    async rest(): Promise<Event[]> {
      const events: Event[] = []
      for (let event = await next(); event; event = await next()) events.push(event)
      return events
    },
    /** Resolves once the text received matches; throws if the stream ends before. */
    async until(pattern: RegExp): Promise<void> {
      while (!pattern.test(text)) if (!(await more())) throw new Error(`the stream ended: ${text}`)
    },
    async close(): Promise<void> {
      abort.abort()
      await reader?.cancel().catch(() => {})
    },
  }
}

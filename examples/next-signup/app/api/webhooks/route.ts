import { InvalidWebhookError } from 'ringproof'
import { ringproof } from '../../ringproof.ts'

export async function POST(request: Request): Promise<Response> {
  const secret = process.env.RINGPROOF_WEBHOOK_SECRET ?? ''
  try {
    const event = await ringproof.webhooks.unwrap(await request.text(), request.headers, secret)
    console.log(event.id, event.type)
    return new Response(null, { status: 204 })
  } catch (error) {
    if (error instanceof InvalidWebhookError) return new Response(null, { status: 401 })
    throw error
  }
}

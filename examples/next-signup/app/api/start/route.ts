import { answer, deviceOf, refuse, ringproof } from '../../ringproof.ts'

export async function POST(request: Request): Promise<Response> {
  const { phone } = (await request.json()) as { phone: string }
  const device = deviceOf(request)
  try {
    const verification = await ringproof.verifications.start({ phone, device })
    return answer({ phone: verification.phone }, { device, verification: verification.id })
  } catch (error) {
    return refuse(error)
  }
}

import { cookieOf, deviceOf, refuse, ringproof } from '../../ringproof.ts'

export async function POST(request: Request): Promise<Response> {
  const { code } = (await request.json()) as { code: string }
  const id = cookieOf(request, 'verification') ?? ''
  try {
    const { proof } = await ringproof.verifications.confirm(id, { code, device: deviceOf(request) })
    return Response.json({ phone: await createAccount(proof) })
  } catch (error) {
    return refuse(error)
  }
}

/** Stands for another service, which believes the proof and not the form. Returns the phone. */
async function createAccount(proof: string): Promise<string> {
  const { sub, jti } = await ringproof.verifyProof(proof, { audience: process.env.RINGPROOF_TENANT ?? '' })
  console.log('account created', jti)
  return sub
}

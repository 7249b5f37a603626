'use client'

import { type FormEvent, useState } from 'react'

type Step = { name: 'phone' } | { name: 'code' | 'done'; phone: string }

export default function SignUp() {
  const [step, setStep] = useState<Step>({ name: 'phone' })
  const [message, setMessage] = useState('')

  async function send(event: FormEvent<HTMLFormElement>, path: string, next: 'code' | 'done') {
    event.preventDefault()
    const body = JSON.stringify(Object.fromEntries(new FormData(event.currentTarget)))
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    const answer = await response.json().catch(() => ({ message: 'Try again later.' }))
    setMessage(answer.message ?? '')
    if (response.ok) setStep({ name: next, phone: answer.phone })
  }

  if (step.name === 'done') return <h1>Welcome. Your phone {step.phone} is verified.</h1>
  if (step.name === 'phone') {
    return (
      <form onSubmit={(event) => send(event, '/api/start', 'code')}>
        <h1>Sign up</h1>
        <label>
          Phone <input key="phone" name="phone" type="tel" autoComplete="tel" required />
        </label>
        <button type="submit">Call me</button>
        <p role="alert">{message}</p>
      </form>
    )
  }
  return (
    <form onSubmit={(event) => send(event, '/api/confirm', 'done')}>
      <h1>We are calling {step.phone}</h1>
      <p>Do not answer. Type the last digits of the number that calls you.</p>
      <label>
        Last digits <input key="code" name="code" inputMode="numeric" autoComplete="one-time-code" required />
      </label>
      <button type="submit">Confirm</button>
      <p role="alert">{message}</p>
    </form>
  )
}

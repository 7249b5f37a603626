import { expect } from 'vitest'
import { waitFor } from '../setup/wait.ts'
import type { Place } from './place.ts'

const PHONE = '+79243555277'

/** From the link that `npm start` prints, by the list of first steps, to a call that the own server hears of. */
export async function administrator(place: Place): Promise<void> {
  const { stack, operator, receiver } = place
  const { page, click, job } = await place.arrive()
  const link = (name: string) => page.getByRole('link', { name, exact: true })
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const steps = page.locator('section[aria-labelledby=first-run]')

  await page.goto(place.link)
  await page.waitForURL('**/console/try')
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.locator('#key').fill(stack.adminKey)
  await page.keyboard.press('Enter')
  await steps.getByText('0 of 5 done').waitFor()

  await job('connect an operator', 3, async () => {
    await click(steps.getByRole('link', { name: 'Connect an operator' }))
    await click(link('telefon-ip'))
    await page.getByLabel('Name of the account').fill('Main')
    await page.getByLabel('API token').fill(operator.token)
    await page.getByLabel('Address of the API').fill(operator.address)
    await click(button('Check and save'))
    await page.getByText('The account is saved and works.').waitFor()
  })
  await job('add a route', 2, async () => {
    await click(link('Add a route'))
    await page.getByLabel('Prefix').fill('+7')
    await click(button('Save the route'))
    await page.getByText('Saved. It applies to calls within a second.').waitFor()
  })
  await job('set a price', 3, async () => {
    await click(link('Overview'))
    await steps.getByText('2 of 5 done').waitFor()
    await click(steps.getByRole('link', { name: 'Set a price' }))
    await page.getByLabel('Prefix').fill('+7')
    await page.getByLabel('Amount').fill('0.50')
    await page.getByLabel('Charged for').selectOption('a call that rang')
    await click(button('Add a price'))
    await page.getByText('Added. It applies within a second.').waitFor()
  })
  await job('add a webhook', 3, async () => {
    await click(link('Overview'))
    await click(steps.getByRole('link', { name: 'Add a webhook' }))
    await page.getByLabel('URL').fill(receiver.url)
    await click(button('Add an endpoint'))
    await page.locator('section[aria-labelledby=secret] pre', { hasText: 'whsec_' }).waitFor()
  })
  await job('create a key for the back end', 4, async () => {
    await click(link('Overview'))
    await steps.getByText('4 of 5 done').waitFor()
    await click(steps.getByRole('link', { name: 'Create a key' }))
    await page.getByLabel('Name').fill('back end')
    await click(page.getByLabel('Live: calls real phones'))
    await click(button('Create a key'))
    await page.locator('section[aria-labelledby=secret] pre', { hasText: 'rp_live_' }).waitFor()
  })
  await link('Overview').click()
  await page.getByRole('heading', { name: 'Overview', exact: true }).waitFor()
  expect(await steps.count()).toBe(0)

  await job('top up', 4, async () => {
    await click(link('Billing'))
    await click(link('Top up or adjust'))
    await page.getByLabel(/^Amount/).fill('100')
    await click(button('Show the new balance'))
    await click(button('Post'))
    await page.getByText('Posted.').waitFor()
  })
  await job('make a test call', 5, async () => {
    await click(link('Operators'))
    await click(link('Main'))
    await page.getByLabel('Your phone').fill(PHONE)
    await click(button('Continue'))
    await page.getByRole('heading', { name: 'Call this phone?' }).waitFor()
    expect(await page.locator('main').innerText()).toContain('0.50')
    await click(button('Call now'))
    const code = await place.codeOn(PHONE)
    await page.locator('[data-part=status]', { hasText: 'Delivered' }).waitFor()
    await page.locator('#code').fill(code)
    await click(button('Check'))
    await page.getByText('It works: the code was right.').waitFor()
  })
  await waitFor(() => receiver.types().includes('verification.approved'), { what: 'the webhook' })
  await page.context().close()
}

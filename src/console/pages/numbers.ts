import { html, when } from '../../html/html.ts'
import { checkAccount } from '../../routing/account-verbs.ts'
import { listNumbers } from '../../routing/numbers.ts'
import type { Console } from '../mount.ts'
import { checkBox } from '../parts/account-check.ts'
import { numberlessPanel, numbersPanel } from '../parts/numbers-panel.ts'
import { operatorTabs } from '../parts/operator-tabs.ts'
import type { Member, Page } from '../visit.ts'

const PATH = '/console/numbers'

type Check = Awaited<ReturnType<typeof checkAccount>> & { id: string }

/** The numbers that flash calls come from, by account. */
export function numbersPage(console: Console): void {
  console.page(PATH, 'admin', (member) => showNumbers(member, null))

  console.form(PATH, 'admin', async (member, form) => {
    const id = form.text('account')
    return showNumbers(member, { ...(await checkAccount(member.context, { id })), id })
  })
}

async function showNumbers(member: Member, check: Check | null): Promise<Page> {
  const { t, context } = member
  const { pools, numberless } = await listNumbers(context)
  const nameOf = (id: string) => [...pools, ...numberless].find((one) => one.id === id)?.name ?? id
  return {
    title: t.numbers.title,
    section: 'operators',
    body: html`<div class="head"><h1>${t.numbers.title}</h1></div>${operatorTabs(member, 'numbers')}
${when(check, (done) => checkBox(member, done, nameOf(done.id)))}
<p class="soft">${t.numbers.help}</p>
${pools.map((account) => numbersPanel(member, account, { path: PATH }))}
${when(numberless.length > 0, () => numberlessPanel(member, numberless))}
${when(pools.length + numberless.length === 0, () => html`<div class="empty"><p>${t.numbers.none}</p><p class="soft">${t.numbers.noneHelp}</p></div>`)}`,
  }
}

import { createCost, deleteCost, getCost, listCosts, updateCost } from '../../billing/prices/costs.ts'
import { createPrice, deletePrice, getPrice, listPrices, updatePrice } from '../../billing/prices/prices.ts'
import {
  CostView,
  CreateCostInput,
  CreatePriceInput,
  PriceView,
  UpdateCostInput,
  UpdatePriceInput,
} from '../../billing/prices/schemas.ts'
import { mountResource } from '../resource.ts'
import type { Mount } from '../spec.ts'

/** What tenants pay, and what operators charge. */
export function priceRoutes(mount: Mount): void {
  mountResource(mount, {
    path: '/v1/prices',
    tag: 'Prices',
    name: 'Price',
    noun: 'a price',
    liveOnly: true,
    view: PriceView,
    create: CreatePriceInput,
    update: UpdatePriceInput,
    descriptions: {
      create:
        'For your own tenant, or the one in `Ringproof-Tenant`. The longest prefix that a phone begins with wins. Without a match a call costs the tenant nothing.',
      list: 'The tenant’s own prices and those of the default list.',
      update: 'Calls that are queued keep the price that stood then.',
      remove: 'Calls that are queued keep it.',
    },
    errors: { create: ['conflict'], update: ['conflict'] },
    verbs: { create: createPrice, list: listPrices, get: getPrice, update: updatePrice, remove: deletePrice },
  })

  mountResource(mount, {
    path: '/v1/account-costs',
    tag: 'Prices',
    name: 'AccountCost',
    noun: 'a cost of a provider account',
    liveOnly: true,
    view: CostView,
    create: CreateCostInput,
    update: UpdateCostInput,
    descriptions: {
      create: 'Counts for calls whose price the operator does not say itself.',
    },
    errors: { create: ['conflict'], update: ['conflict'] },
    verbs: { create: createCost, list: listCosts, get: getCost, update: updateCost, remove: deleteCost },
  })
}

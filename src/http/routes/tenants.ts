import { CreateTenantInput, TenantView, UpdateTenantInput } from '../../tenants/schemas.ts'
import { addTenant, deleteTenant, getTenant, listTenants, updateTenant } from '../../tenants/tenants.ts'
import { mountResource } from '../resource.ts'
import type { Mount } from '../spec.ts'

/** Tenants: the customers of the installation. */
export function tenantRoutes(mount: Mount): void {
  mountResource(mount, {
    path: '/v1/tenants',
    tag: 'Tenants',
    name: 'Tenant',
    one: 'a tenant',
    many: 'tenants',
    liveOnly: true,
    view: TenantView,
    create: CreateTenantInput,
    update: UpdateTenantInput,
    descriptions: {
      update: 'The currency cannot be changed.',
      remove:
        'Its keys stop working within a second; its history stays. 409 while its balance is not zero or it has open holds.',
    },
    errors: { remove: ['conflict'] },
    verbs: {
      create: addTenant,
      list: listTenants,
      get: getTenant,
      update: updateTenant,
      remove: deleteTenant,
    },
  })
}

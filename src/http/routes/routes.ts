import { createRoute, deleteRoute, getRoute, listRoutes, updateRoute } from '../../routing/routes.ts'
import { CreateRouteInput, RouteView, UpdateRouteInput } from '../../routing/schemas.ts'
import { mountResource } from '../resource.ts'
import type { Mount } from '../spec.ts'

/** Which accounts serve which prefix. */
export function routeRoutes(mount: Mount): void {
  mountResource(mount, {
    path: '/v1/routes',
    tag: 'Routes',
    name: 'Route',
    noun: 'a route',
    liveOnly: true,
    view: RouteView,
    create: CreateRouteInput,
    update: UpdateRouteInput,
    descriptions: {
      create: 'The longest prefix that matches a phone wins; its accounts are tried in order.',
      update: '`accounts` replaces all of them. Calls follow within a second.',
    },
    errors: { create: ['conflict'], update: ['conflict'] },
    verbs: { create: createRoute, list: listRoutes, get: getRoute, update: updateRoute, remove: deleteRoute },
  })
}

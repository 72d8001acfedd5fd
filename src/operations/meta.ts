/** Operations about the connection and the server, not about users. */

import type { Input, Output } from "../contract/operations.ts";
import type { FinishOf, ResultOf } from "../contract/refusals.ts";
import { Failure } from "../contract/result.ts";
import type { Hello } from "../contract/shapes.ts";
import type { Caller, Services } from "./services/context.ts";

export function hello(services: Services, caller: Caller): Hello {
  return { ...services.hello(caller.dialect), registration: services.policy.registration };
}

export function ping(_services: Services, caller: Caller, { seconds }: Input<"ping">): Output<"ping"> {
  if (seconds === undefined) return {};
  caller.expectEvery(seconds);
  return { seconds };
}

export function help(services: Services, caller: Caller, { request }: Input<"help">): ResultOf<"help"> {
  const requests = services.help(caller.dialect, request);
  return requests.length > 0 ? { requests } : new Failure("unknown-request", `no request starts with ${request}`);
}

export function dialect(services: Services, caller: Caller, input: Input<"dialect">): ResultOf<"dialect"> {
  const name = input.dialect.toLowerCase();
  if (!services.hasDialect(name)) return new Failure("bad-request", `no dialect is called ${input.dialect}`);
  caller.useDialect(name);
  return { dialect: name };
}

export async function adminReload(services: Services): Promise<FinishOf<"adminReload">> {
  const result = await services.reload();
  return () => result;
}

export function watch(_services: Services, caller: Caller, { on }: Input<"watch">): Output<"watch"> {
  caller.watch(on);
  return { watching: on };
}

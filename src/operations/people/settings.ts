/** The settings of users. What follows from them is in reach.ts and groups/unwanted.ts. */

import type { Input, Output } from "../../contract/operations.ts";
import { actor, type Caller, type Services } from "../services/context.ts";

export function settings({ model }: Services, caller: Caller): Output<"settings"> {
  return model.settings.of(actor(caller));
}

/** Sets whether strangers have to wait. Those who wait already go on waiting. */
export function allow({ model }: Services, caller: Caller, { allow }: Input<"allow">): Output<"allow"> {
  model.settings.set(actor(caller), { allow });
  return { allow };
}

export function refuseGroups(
  { model }: Services,
  caller: Caller,
  { on }: Input<"refuseGroups">,
): Output<"refuseGroups"> {
  model.settings.set(actor(caller), { refuseGroups: on });
  return { on };
}

/** Sets whether others see that the user is there. Those who saw it are told that the user goes, or comes again. */
export function presence(services: Services, caller: Caller, { on }: Input<"presence">): Output<"presence"> {
  services.model.settings.set(actor(caller), { presence: on });
  return { on };
}

/** Sets an away note, as `back` removes it; those who are near are told, also of a status. */
export function away({ model }: Services, caller: Caller, { note = "" }: Input<"away">): Output<"away"> {
  model.settings.set(actor(caller), { away: note });
  return {};
}

export function back({ model }: Services, caller: Caller): Output<"back"> {
  model.settings.set(actor(caller), { away: undefined });
  return {};
}

export function setStatus({ model }: Services, caller: Caller, { note }: Input<"setStatus">): Output<"setStatus"> {
  model.settings.set(actor(caller), { status: note });
  return {};
}

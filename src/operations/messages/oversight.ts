/** What the operator does about messages: takes one away, and speaks to everybody. */
import type { Input, Output } from "../../contract/operations.ts";
import type { Refusal, ResultOf } from "../../contract/refusals.ts";
import { Failure, type Later, type Result } from "../../contract/result.ts";
import { isUser } from "../../state/entities.ts";
import type { Caller, Services } from "../services/context.ts";
import { alterAs } from "./alter.ts";
import { alter } from "./alterations.ts";
import { messageId, messageOf } from "./ids.ts";
import { isSaid } from "./walk.ts";

type Deleted = Output<"adminMessageDelete">;

/**
 * Whoever is in the conversation is told that it was deleted, as if its sender had done so; so are other realms, as far as he
 * could tell them. One of another realm's user is gone here, and where a group is at home here in every realm that has it.
 */
export function adminMessageDelete(
  services: Services,
  _caller: Caller,
  { id }: Input<"adminMessageDelete">,
): Result<Deleted, Refusal<"adminMessageDelete">> | Later<Deleted, Refusal<"adminMessageDelete">> {
  const message = messageOf(services.model, id);
  if (!message || !isSaid(message)) return new Failure("message-not-found");
  const { sender, conversation } = message;
  const wanted = { what: "deleted", text: "" } as const;
  if (isUser(sender)) return alterAs(services, sender, message, wanted);
  const { of } = conversation;
  if ("members" in of && of.realm !== undefined) {
    return new Failure("forbidden", "the realm where the group is at home decides");
  }
  alter(services, message, sender, wanted);
  return { id: messageId(message, services.model.messages.salt) };
}

/** A message of the server to everybody: who watches has it at once, all others find it as new. Answered once all have it. */
export function adminAnnounce(
  services: Services,
  _caller: Caller,
  { announcement }: Input<"adminAnnounce">,
): ResultOf<"adminAnnounce"> | Later<Output<"adminAnnounce">, Refusal<"adminAnnounce">> {
  const { intake, model, errands } = services;
  if (intake.isFull) return new Failure("disk-full");
  const errand = model.errands.announce(announcement, model.users.newest?.id ?? 0);
  return errands.result(errand, (users) => ({ users }));
}

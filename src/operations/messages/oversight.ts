/** What the operator does with messages: deletes one, and announces to everybody. */
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
 * Deletes a message as its sender could: those in the conversation are told so, and other realms as far as the sender could tell
 * them. A message from another realm is deleted here; in a group whose home is here, in every realm that has it.
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

/**
 * Sends a message of the server to every user: one who watches gets it at once, others find it as new. Answered when all have it,
 * with the number of users.
 */
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

/** What is known where a line is typed: which conversation is open, the names there are, and what was said last. */
import type { ToldMessage } from "../../protocol/replies.ts";

export interface LineContext {
  /** The conversation that is open. */
  readonly open: string | undefined;
  hasUser(name: string): boolean;
  hasGroup(name: string): boolean;
  hasRealm(name: string): boolean;
  /** Messages of the open conversation that can be named by a number, the newest first. */
  readonly last: readonly ToldMessage[];
  /** A message that has been shown here, by its id. */
  message(id: string): ToldMessage | undefined;
  /** The conversation that a message belongs to. */
  placeOf(message: ToldMessage): string;
}

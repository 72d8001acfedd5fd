/** Commands of the prompt that say whom one does not want to hear: `ignore` is this program's, `mute` the server's. */
import type { MuteMode } from "../../contract/shapes.ts";
import { wording } from "../language/wording.ts";
import { mutesInWords } from "../lists.ts";
import { inert } from "../terminal/inert.ts";
import type { ChatContext } from "./context.ts";

/** @param name whom; without one, those who are ignored are listed */
export function ignore({ console, preferences }: ChatContext, name: string | undefined, on: boolean): void {
  const { nobodyIgnored, ignored, notIgnored, notRemembered } = wording.chat;
  if (name === undefined) {
    const names = preferences().ignored;
    console.print(names.length === 0 ? nobodyIgnored : inert(names.join("\n")));
    return;
  }
  const user = name.replace(/^@/, "");
  const kept = preferences().ignore(user, on);
  console.print(`${(on ? ignored : notIgnored)(inert(user))}${kept ? "" : notRemembered}`);
}

/** @param name what; without one, all that is muted is listed. @throws RefusedRequest, LinkError */
export async function mute(context: ChatContext, name: string | undefined, muted: MuteMode): Promise<void> {
  if (name === undefined) return listMutes(context);
  const done = await context.call("mute", { with: context.names.placeNamed(name), muted });
  tell(context, done.with, done.muted);
}

/** As `mute`. */
export async function unmute(context: ChatContext, name: string | undefined): Promise<void> {
  if (name === undefined) return listMutes(context);
  const done = await context.call("unmute", { with: context.names.placeNamed(name) });
  tell(context, done.with, false);
}

function tell({ console, mutes }: ChatContext, place: string, muted: MuteMode | false): void {
  mutes.set(place, muted);
  console.print(wording.mutedNow(inert(place), muted || ""));
  console.changed();
}

async function listMutes({ call, console }: ChatContext): Promise<void> {
  const { data } = await call("mutes", {});
  console.print(data.length === 0 ? wording.chat.nothingMuted : mutesInWords(data, console.columns));
}

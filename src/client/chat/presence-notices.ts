/** Who joins, leaves, comes online and goes: what happens within a second is one line; who came and went in it is left out. */
import type { EventData, ToldEvent } from "../../protocol/replies.ts";
import { wording } from "../language/wording.ts";
import { noticeFor } from "../render.ts";
import { inert } from "../terminal/inert.ts";

/** How long, in ms, more is waited for before it is said. */
const FOLDED_MS = 1000;

/** Names in one line; of the others, how many they are. */
const MAX_NAMES = 5;

/** What a user says of himself. */
interface Shown {
  readonly away?: string | undefined;
  readonly status?: string | undefined;
}

/** `#group`; empty for who comes online and goes. */
type Place = string;

export class PresenceNotices {
  readonly #print: (line: string, place: Place) => void;
  readonly #notice: (words: string) => string;
  /** By place and lower-case name. `came`: what happened last; `first`: what happened first since it is waited. */
  #waiting = new Map<Place, Map<string, { name: string; came: boolean; first: boolean }>>();
  #timer: NodeJS.Timeout | undefined;
  /** What those who are online say of themselves, as far as it was told, by lower-case name. */
  readonly #shown = new Map<string, Shown>();

  /** @param notice how one is drawn */
  constructor(print: (line: string, place: Place) => void, notice = noticeFor({})) {
    this.#print = print;
    this.#notice = notice;
  }

  /** What the server has said of a user who was asked for. */
  know(user: string, shown: Shown & { readonly online?: boolean | undefined }): void {
    if (shown.online) this.#shown.set(user.toLowerCase(), shown);
    else this.#shown.delete(user.toLowerCase());
  }

  add(event: ToldEvent & { event: "join" | "leave" | "presence" }): void {
    if (event.event === "presence" && this.#saysOther(event.data)) return;
    const place = event.event === "presence" ? "" : `#${event.data.group}`;
    const came = event.event === "presence" ? event.data.online : event.event === "join";
    const { user } = event.data;
    const here = this.#waiting.get(place) ?? new Map();
    this.#waiting.set(place, here);
    const key = user.toLowerCase();
    const before = here.get(key);
    here.set(key, { name: user, came, first: before?.first ?? came });
    this.#timer ??= setTimeout(() => this.flush(), FOLDED_MS);
  }

  /** Says at once what is waiting; called before anything else is said. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    for (const [place, here] of waiting) {
      // Who came and left again in that time is not told of.
      const changed = [...here.values()].filter(({ came, first }) => came === first);
      const lines = [true, false].flatMap((came) => {
        const names = changed.filter((one) => one.came === came).map(({ name }) => inert(name));
        return names.length === 0 ? [] : inWords(place, came, names);
      });
      const said = changed.flatMap(({ name, came }) => {
        const shown = place === "" && came ? this.#shown.get(name.toLowerCase()) : undefined;
        return shown ? saidInWords(name, shown, {}) : [];
      });
      if (lines.length > 0) this.#print(this.#notice([...lines, ...said].join("; ")), place);
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.clear();
    this.#shown.clear();
  }

  /** Says what one who is there says of himself, if that is other than before. @returns whether he neither comes nor goes */
  #saysOther(now: EventData<"presence">): boolean {
    const before = this.#shown.get(now.user.toLowerCase());
    this.know(now.user, now);
    if (!now.online || !before) return false;
    const lines = saidInWords(now.user, now, before);
    if (lines.length > 0) this.flush();
    if (lines.length > 0) this.#print(this.#notice(lines.join("; ")), "");
    return true;
  }
}

function inWords(place: Place, came: boolean, names: readonly string[]): string {
  const over = names.length - MAX_NAMES;
  const who = [...names.slice(0, MAX_NAMES), ...(over > 0 ? [wording.chat.pending(over)] : [])].join(", ");
  const { joined, left, online, offline } = wording.events;
  if (place !== "") return (came ? joined : left)(who, inert(place.slice(1)));
  return (came ? online : offline)(who, names.length > 1);
}

/** What a user says of himself now, where it is other than before. */
function saidInWords(name: string, now: Shown, before: Shown): string[] {
  const { away, back, status } = wording.events;
  const user = inert(name);
  const lines: string[] = [];
  if (now.away !== before.away) lines.push(now.away === undefined ? back(user) : away(user, inert(now.away)));
  if (now.status !== before.status) lines.push(status(user, inert(now.status ?? "")));
  return lines;
}

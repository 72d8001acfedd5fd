/** What realms tell and ask each other besides items, of what is not kept: PROTOCOL.md, "Calls". */

/**
 * A user of the sending realm types: to one of the receiving realm, in a group of that (`post`), or somebody does, `name@realm`,
 * in a group of the sending realm (`group`). `gid` as of items.
 */
export type Typing =
  | { readonly kind: "message"; readonly from: string; readonly to: string }
  | { readonly kind: "post"; readonly from: string; readonly group: string; readonly gid?: string }
  | { readonly kind: "group"; readonly from: string; readonly group: string; readonly gid: string };

/** What a user shows of himself to somebody who may see it. */
export interface UserShown {
  readonly online: boolean;
  /** He is away, with what he says of it, which may be empty. */
  readonly away?: string | undefined;
  readonly status?: string | undefined;
  /** When he was online last, in ms since 1970; undefined while he is, and if he never was. */
  readonly seen?: number | undefined;
}

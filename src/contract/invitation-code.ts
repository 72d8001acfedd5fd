/** The code of an invitation, and a password that it stands before. */

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const LENGTH = 16;
const BEFORE_PASSWORD = /^(inv-[a-z]{16}):/;

/** Whether a word has the form of a code; only the server knows whether it is one. */
export function isInvitationCode(word: string): boolean {
  return /^inv-[a-z]{16}$/.test(word);
}

/** Takes the code, and the `:` behind it, from a password that begins so; else the password is what it was. */
export function withoutCode(password: string): { readonly code: string | undefined; readonly password: string } {
  const [start = "", code] = BEFORE_PASSWORD.exec(password) ?? [];
  return { code, password: password.slice(start.length) };
}

/** A new code. @param randomBytes gives so many bytes that nobody can foresee */
export function newInvitationCode(randomBytes: (count: number) => Uint8Array): string {
  // A byte at or above this would make the first letters likelier than the last.
  const fair = 256 - (256 % LETTERS.length);
  let letters = "";
  while (letters.length < LENGTH) {
    for (const byte of randomBytes(LENGTH)) {
      if (byte < fair && letters.length < LENGTH) letters += LETTERS[byte % LETTERS.length];
    }
  }
  return `inv-${letters}`;
}

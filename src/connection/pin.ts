/** The SHA-256 of a public key, as people write it down. */

/** @returns base64. @throws Error for what is no SHA-256 */
export function readPin(given: string): string {
  const text = given.trim();
  // `sha256:` and, of other programs, `sha256/` and `sha256//`: base64 may begin with a slash itself.
  const [, named] = /^sha-?256([:/].*)$/i.exec(text) ?? [];
  const forms = named === undefined ? [text] : [named.slice(1), named.slice(2)];
  const pin = forms.map(bytesOf).find((bytes) => bytes !== undefined);
  if (!pin) throw new Error("a SHA-256 in base64 (44 characters) or hexadecimal (64)");
  return pin.toString("base64");
}

function bytesOf(text: string): Buffer | undefined {
  const hex = text.replaceAll(":", "");
  const bytes = /^[\da-f]{64}$/i.test(hex) ? Buffer.from(hex, "hex") : Buffer.from(text, "base64");
  const isOne = bytes.length === 32 && /^[\w+/-]+={0,1}$|^[\da-f:]+$/i.test(text);
  return isOne ? bytes : undefined;
}

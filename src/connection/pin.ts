/** The SHA-256 of a public key, as people write it down. */

/** @returns base64. @throws Error for what is no SHA-256 */
export function readPin(given: string): string {
  const text = given.trim().replace(/^sha-?256[:/]+/i, "");
  const hex = text.replaceAll(":", "");
  const bytes = /^[\da-f]{64}$/i.test(hex) ? Buffer.from(hex, "hex") : Buffer.from(text, "base64");
  if (bytes.length !== 32 || !/^[\w+/-]+={0,1}$|^[\da-f:]+$/i.test(text)) {
    throw new Error("a SHA-256 in base64 (44 characters) or hexadecimal (64)");
  }
  return bytes.toString("base64");
}

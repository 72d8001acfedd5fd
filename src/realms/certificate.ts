/** The certificate that a realm shows where it links: TLS wants one, and all that counts in it is the key (RFC 8410). */

/** DER (X.690) of what is the same in all of them. */
const ED25519 = der(0x30, der(0x06, Buffer.of(0x2b, 0x65, 0x70)));
const VERSION_3 = der(0xa0, der(0x02, Buffer.of(2)));
const SERIAL = der(0x02, Buffer.of(1));
/** RFC 5280, 4.1.2.5: it ends never. Nobody looks: what makes a key the right one is that it is known. */
const VALIDITY = der(0x30, der(0x17, Buffer.from("700101000000Z")), der(0x18, Buffer.from("99991231235959Z")));
/** A common name alone. */
const NAME = der(0x30, der(0x31, der(0x30, der(0x06, Buffer.of(0x55, 0x04, 0x03)), der(0x0c, Buffer.from("obrol")))));

/**
 * A certificate (RFC 5280) of an Ed25519 key, in PEM, that its owner has signed himself; the same each time.
 * @param publicKey 32 bytes
 * @param sign makes the signature, 64 bytes
 */
export function ownCertificate(publicKey: Uint8Array, sign: (bytes: Uint8Array) => Uint8Array): string {
  const key = der(0x30, ED25519, der(0x03, Buffer.of(0), publicKey));
  const signed = der(0x30, VERSION_3, SERIAL, ED25519, NAME, VALIDITY, NAME, key);
  const certificate = der(0x30, signed, ED25519, der(0x03, Buffer.of(0), sign(signed)));
  const lines = certificate.toString("base64").replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`;
}

/** One value; of at most 64 KiB, which no certificate of ours has. */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

/** The certificate that a realm presents on links. TLS requires one; peers look only at the Ed25519 key in it (RFC 8410). */

/** The parts that are the same in all certificates, as DER (X.690). */
const ED25519 = der(0x30, der(0x06, Buffer.of(0x2b, 0x65, 0x70)));
const VERSION_3 = der(0xa0, der(0x02, Buffer.of(2)));
const SERIAL = der(0x02, Buffer.of(1));
/** It never expires (RFC 5280, section 4.1.2.5): peers trust the key because they know it, whatever the dates. */
const VALIDITY = der(0x30, der(0x17, Buffer.from("700101000000Z")), der(0x18, Buffer.from("99991231235959Z")));
/** A common name alone. */
const NAME = der(0x30, der(0x31, der(0x30, der(0x06, Buffer.of(0x55, 0x04, 0x03)), der(0x0c, Buffer.from("obrol")))));

/**
 * A self-signed certificate (RFC 5280) of an Ed25519 key, in PEM; the same bytes each time.
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

/** One value in DER: tag, length, contents. @param contents together less than 64 KiB, as in every certificate of ours */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

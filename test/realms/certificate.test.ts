/** The certificate that a realm links with: of its key, and of nothing else that anybody could ask about. */
import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { ownCertificate } from "../../src/realms/certificate.ts";
import { newIdentity } from "../support/identity.ts";

test("is one of the realm's key, signed by it, that never ends", () => {
  const { key, sign } = newIdentity("rumah");
  const make = (): string =>
    ownCertificate(Buffer.from(key, "base64url"), (bytes) => Buffer.from(sign(bytes), "base64url"));
  const certificate = new X509Certificate(make());
  expect(certificate.publicKey.export({ format: "jwk" })).toMatchObject({ crv: "Ed25519", x: key });
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkIssued(certificate)).toBe(true);
  expect(certificate).toMatchObject({ subject: "CN=obrol", issuer: "CN=obrol", ca: false });
  expect(certificate.validToDate.getUTCFullYear()).toBe(9999);
  expect(make()).toBe(certificate.toString());
});

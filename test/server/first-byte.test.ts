/** The first byte tells whether a connection is encrypted, whatever comes and in whatever pieces. */
import { expect, test } from "vitest";
import { newCertificate, written } from "../support/certificate.ts";
import { testFolder } from "../support/folder.ts";
import { knockAtBoth, knockThroughProxy } from "../support/openings.ts";

/** They are the same each time: others, and more of them, has `npm run siege -- garbage`. */
const OPENINGS = 600;

test(`of ${OPENINGS} openings, what is no handshake is answered as by a server without TLS, and a handshake never in words`, async () => {
  expect(await knockAtBoth(1, OPENINGS, written(testFolder(), newCertificate()))).toEqual([]);
});

test(`of ${OPENINGS} that a proxy passes on, what stands behind its header is answered as if it were all, and nothing without one`, async () => {
  expect(await knockThroughProxy(1, OPENINGS, written(testFolder(), newCertificate()))).toEqual([]);
});

/**
 * HPKE (RFC 9180) to X-Wing keys (draft-connolly-cfrg-xwing-kem) as their texts define them, with
 * nothing of this protocol in it: base mode, single shot, KEM X-Wing (0x647a), HKDF-SHA256,
 * AES-256-GCM, empty aad. Infos are the callers', so that the published vectors run through the very
 * code that seals an answer; storage/primitives.py is the same for the server.
 *
 * Of the browser it takes random bytes, HMAC and AES-GCM. X25519 and ML-KEM come with the library,
 * so browsers whose WebCrypto knows neither are served like all others.
 *
 * @typedef {import("./bytes.js").Bytes} Bytes
 */
/*! @hpke/core, @hpke/hybridkem-x-wing, mlkem - MIT License (c) 2023 Ajitomi Daisuke */
import { Aes256Gcm, CipherSuite, HkdfSha256, HpkeError } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { concat } from "./bytes.js";

const ENC_BYTES = 1120;

const kem = new XWing();
const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/**
 * @param {Bytes} seed 32 bytes
 * @returns {Promise<Bytes>} 1,216 bytes
 */
export async function publicKeyOf(seed) {
  // A copy: the library reads the whole buffer that it finds under a view.
  const { publicKey } = await kem.generateKeyPairDerand(seed.slice());
  return new Uint8Array(await kem.serializePublicKey(publicKey));
}

/**
 * @param {Bytes} publicKey 1,216 bytes
 * @param {Bytes} info
 * @param {Bytes} plaintext
 * @param {Bytes} [ekm] the 64 bytes that encapsulation draws; given by test vectors only
 * @returns {Promise<Bytes>} enc (1,120 bytes), ciphertext, tag (16 bytes)
 * @throws {HpkeError} when that is no public key
 */
export async function sealTo(publicKey, info, plaintext, ekm) {
  const recipientPublicKey = await kem.deserializePublicKey(publicKey);
  const { enc, ct } = await suite.seal(
    { recipientPublicKey, info, ...(ekm && { ekm }) },
    plaintext,
  );
  return concat(new Uint8Array(enc), new Uint8Array(ct));
}

/**
 * Undoes `sealTo`.
 *
 * @param {Bytes} seed 32 bytes, of the key it was sealed to
 * @param {Bytes} info
 * @param {Bytes} sealed
 * @returns {Promise<Bytes | null>} null when it was not sealed to this key with this info, or was cut
 */
export async function openWith(seed, info, sealed) {
  const recipientKey = await kem.deserializePrivateKey(seed);
  const enc = sealed.slice(0, ENC_BYTES);
  try {
    return new Uint8Array(await suite.open({ recipientKey, enc, info }, sealed.slice(ENC_BYTES)));
  } catch (error) {
    if (error instanceof HpkeError) return null;
    throw error;
  }
}

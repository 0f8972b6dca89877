import { sha256 } from "../../../sha256.ts";
import type { Check } from "./packages.ts";

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
/** First bytes of addresses: Bitcoin to key and to script, Litecoin, Dogecoin, Tron. */
const VERSIONS: readonly number[] = [0x00, 0x05, 0x30, 0x32, 0x1e, 0x41];
/** Constants of Bech32 (BIP 173) and Bech32m (BIP 350). */
const CHECKSUMS: readonly number[] = [1, 0x2bc830a3];
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** An address of Bitcoin and its descendants: 25 bytes in base 58, the last four the hash of the hash of the rest. */
export const isBase58Address: Check = (value) => {
  let number = 0n;
  for (const char of value) {
    const digit = BASE58.indexOf(char);
    if (digit < 0) return false;
    number = number * 58n + BigInt(digit);
  }
  const hex = number.toString(16).padStart(50, "0");
  if (hex.length !== 50) return false;
  const bytes = Buffer.from(hex, "hex");
  if (!VERSIONS.includes(bytes[0] as number)) return false;
  return sha256(Buffer.from(sha256(bytes.subarray(0, 21), "hex"), "hex"), "hex").slice(0, 8) === hex.slice(42);
};

/** A segregated witness address: human readable part, `1`, and data that ends in six signs of checksum. */
export const isBech32Address: Check = (value) => {
  const text = value.toLowerCase();
  if (text !== value && text.toUpperCase() !== value) return false;
  const split = text.lastIndexOf("1");
  const prefix = Array.from(text.slice(0, split), (char) => char.charCodeAt(0));
  const data = Array.from(text.slice(split + 1), (char) => BECH32.indexOf(char));
  if (data.length < 6 || data.includes(-1)) return false;
  return CHECKSUMS.includes(polymod([...prefix.map((code) => code >> 5), 0, ...prefix.map((code) => code & 31), ...data]));
};

function polymod(values: readonly number[]): number {
  let checksum = 1;
  for (const value of values) {
    const top = checksum >>> 25;
    checksum = ((checksum & 0x1ffffff) << 5) ^ value;
    GENERATOR.forEach((part, bit) => {
      if ((top >>> bit) & 1) checksum ^= part;
    });
  }
  return checksum;
}

// Solves a challenge of ALTCHA's protocol 2 with PBKDF2/SHA-256: finds the counter whose derived key begins as it should.
// The browser's own cryptography is missing on pages without TLS; then the code below computes the same, more slowly.

const MOST_COUNTERS = 10_000;
const AT_ONCE = Math.min(4, navigator.hardwareConcurrency || 1);

onmessage = async ({ data }) => {
  try {
    postMessage(await solve(data));
  } catch {
    postMessage(null);
  }
};

async function solve({ algorithm, nonce, salt, cost, keyLength, keyPrefix }) {
  if (algorithm !== "PBKDF2/SHA-256" || keyLength !== 32) return null;
  const derive = self.crypto?.subtle ? deriveNatively : derivePlainly;
  const [start, salted] = [bytesOf(nonce), bytesOf(salt)];
  const began = performance.now();
  for (let first = 0; first < MOST_COUNTERS; first += AT_ONCE) {
    const counters = Array.from({ length: AT_ONCE }, (_, index) => first + index);
    const keys = await Promise.all(counters.map((counter) => derive(passwordOf(start, counter), salted, cost)));
    for (const [index, key] of keys.entries()) {
      const derivedKey = hexOf(key);
      if (derivedKey.startsWith(keyPrefix)) {
        return { counter: counters[index], derivedKey, time: Math.round(performance.now() - began) };
      }
    }
  }
  return null;
}

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

function passwordOf(nonce, counter) {
  const password = new Uint8Array(nonce.length + 4);
  password.set(nonce);
  new DataView(password.buffer).setUint32(nonce.length, counter);
  return password;
}

async function deriveNatively(password, salt, iterations) {
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, 256));
}

// --- the same without the browser's help (RFC 8018, RFC 2104, FIPS 180-4) ----------------------------

const [INITIAL, ROUNDS] = constants();
const schedule = new Int32Array(64);

/** The first 32 bits of the fractions of the square roots of 8 primes, and of the cube roots of 64. */
function constants() {
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n);
  const fraction = (root) => ((root % 1) * 2 ** 32) | 0;
  return [Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime))), Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)))];
}

/** One block of SHA-256: 16 words are mixed into a state of 8, which is stored in `result`. */
function mix(state, block, result) {
  const w = schedule;
  for (let t = 0; t < 16; t++) w[t] = block[t];
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15];
    const y = w[t - 2];
    const low = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const high = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[t] = w[t - 16] + low + w[t - 7] + high;
  }
  let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
  for (let t = 0; t < 64; t++) {
    const upper = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const first = (h + upper + ((e & f) ^ (~e & g)) + ROUNDS[t] + w[t]) | 0;
    const lower = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const second = (lower + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  result[0] = state[0] + a;
  result[1] = state[1] + b;
  result[2] = state[2] + c;
  result[3] = state[3] + d;
  result[4] = state[4] + e;
  result[5] = state[5] + f;
  result[6] = state[6] + g;
  result[7] = state[7] + h;
  return result;
}

/** A block of bytes as 16 words. */
function wordsOf(bytes) {
  const padded = new Uint8Array(64);
  padded.set(bytes);
  return Int32Array.from({ length: 16 }, (_, index) => new DataView(padded.buffer).getInt32(4 * index));
}

/** The last block of a message that follows one block: `bytes`, the end mark, and the length of both in bits. */
function lastBlock(bytes) {
  const words = wordsOf([...bytes, 0x80]);
  words[15] = 8 * (64 + bytes.length);
  return words;
}

function derivePlainly(password, salt, iterations) {
  const key = wordsOf(password);
  const [inner, outer] = [0x36363636, 0x5c5c5c5c].map((pad) => mix(INITIAL, key.map((word) => word ^ pad), new Int32Array(8)));
  const block = lastBlock(new Uint8Array(32));
  const hash = block.subarray(0, 8); // each hash is the first half of the next block
  mix(inner, lastBlock([...salt, 0, 0, 0, 1]), hash);
  mix(outer, block, hash);
  const sum = hash.slice();
  for (let round = 1; round < iterations; round++) {
    mix(inner, block, hash);
    mix(outer, block, hash);
    for (let index = 0; index < 8; index++) sum[index] ^= hash[index];
  }
  const derived = new DataView(new ArrayBuffer(32));
  sum.forEach((word, index) => derived.setInt32(4 * index, word));
  return new Uint8Array(derived.buffer);
}

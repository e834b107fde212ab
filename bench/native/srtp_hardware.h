/*
 * SRTP's default transforms (RFC 3711: AES-128 in counter mode, HMAC-SHA1 cut to 80 bits) in the processor's own
 * instructions, as cheap as one packet at a time can be had. For measurements: session keys are random, not derived.
 */
#ifndef SRTP_HARDWARE_H
#define SRTP_HARDWARE_H

#include <stdint.h>
#include <string.h>

#define TAG_LENGTH 10

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define WITH_HARDWARE __attribute__((target("sse4.1,aes,sha"))) static
#define BLOCK 64
#define LANES 8

struct hardware_key {
  __m128i rounds[11];
  __m128i salt;
  /* SHA-1 states after the inner and the outer pad: they depend on the key alone (RFC 2104). */
  uint32_t inner[5], outer[5];
};

static int has_hardware_srtp(void) {
  unsigned eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & bit_AES) || !(ecx & bit_SSE4_1)) return 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx & bit_SHA);
}

#define SHA1_ROUNDS(first, function)                          \
  for (int i = first; i < first + 5; i++) {                   \
    __m128i next = i == 0 ? _mm_add_epi32(e, w[0]) : _mm_sha1nexte_epu32(e, w[i]); \
    e = abcd;                                                 \
    abcd = _mm_sha1rnds4_epu32(abcd, next, function);         \
  }

/* FIPS 180-4, 6.1.2: one block of 64 octets. */
WITH_HARDWARE void sha1_block(uint32_t state[5], const uint8_t *block) {
  const __m128i big_endian = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
  const __m128i abcd_before = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0x1b);
  const __m128i e_before = _mm_set_epi32((int)state[4], 0, 0, 0);
  __m128i w[20], abcd = abcd_before, e = e_before;
  for (int i = 0; i < 4; i++) w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)block + i), big_endian);
#pragma GCC unroll 16
  for (int i = 4; i < 20; i++)
    w[i] = _mm_sha1msg2_epu32(_mm_xor_si128(_mm_sha1msg1_epu32(w[i - 4], w[i - 3]), w[i - 2]), w[i - 1]);
#pragma GCC unroll 5
  SHA1_ROUNDS(0, 0)
#pragma GCC unroll 5
  SHA1_ROUNDS(5, 1)
#pragma GCC unroll 5
  SHA1_ROUNDS(10, 2)
#pragma GCC unroll 5
  SHA1_ROUNDS(15, 3)
  state[4] = (uint32_t)_mm_extract_epi32(_mm_sha1nexte_epu32(e, e_before), 3);
  _mm_storeu_si128((__m128i *)state, _mm_shuffle_epi32(_mm_add_epi32(abcd, abcd_before), 0x1b));
}

/* Hashes the end of a message of which `before` octets were hashed already. */
static void sha1_end(uint32_t state[5], const uint8_t *octets, size_t length, size_t before) {
  uint8_t last[2 * BLOCK] = {0};
  const uint64_t bits = __builtin_bswap64((before + length) * 8);
  for (; length >= BLOCK; octets += BLOCK, length -= BLOCK) sha1_block(state, octets);
  memcpy(last, octets, length);
  last[length] = 0x80;
  const size_t end = length < BLOCK - 8 ? BLOCK : 2 * BLOCK;
  memcpy(last + end - 8, &bits, 8);
  for (size_t at = 0; at < end; at += BLOCK) sha1_block(state, last + at);
}

/* The tag of octets[0 … length) and the rollover counter, which is written behind them (RFC 3711, 4.2). */
static void hardware_tag(const struct hardware_key *key, uint8_t *octets, size_t length, uint32_t roc, uint8_t tag[20]) {
  uint32_t state[5], words[5];
  const uint32_t roc_big_endian = __builtin_bswap32(roc);
  memcpy(octets + length, &roc_big_endian, 4);
  memcpy(state, key->inner, sizeof state);
  sha1_end(state, octets, length + 4, BLOCK);
  for (int i = 0; i < 5; i++) words[i] = __builtin_bswap32(state[i]);
  memcpy(state, key->outer, sizeof state);
  sha1_end(state, (const uint8_t *)words, sizeof words, BLOCK);
  for (int i = 0; i < 5; i++) words[i] = __builtin_bswap32(state[i]);
  memcpy(tag, words, sizeof words);
}

/* RFC 3711, 4.1.1. Reads and writes whole blocks: `from` and `to` have 127 octets to spare behind `length`. */
WITH_HARDWARE void hardware_cipher(const struct hardware_key *key, uint32_t ssrc, uint64_t index, const uint8_t *from,
                               uint8_t *to, size_t length) {
  const __m128i counters = _mm_xor_si128(
      key->salt, _mm_set_epi32((int)__builtin_bswap32((uint32_t)(index << 16)),
                               (int)__builtin_bswap32((uint32_t)(index >> 16)), (int)__builtin_bswap32(ssrc), 0));
  for (size_t at = 0; at < length; at += 16 * LANES) {
    __m128i lanes[LANES];
    for (int i = 0; i < LANES; i++) {
      const uint32_t block = (uint32_t)(at / 16) + (uint32_t)i;
      const __m128i number = _mm_set_epi32((int)(__builtin_bswap32(block)), 0, 0, 0);
      lanes[i] = _mm_xor_si128(_mm_xor_si128(counters, number), key->rounds[0]);
    }
    for (int round = 1; round < 10; round++)
      for (int i = 0; i < LANES; i++) lanes[i] = _mm_aesenc_si128(lanes[i], key->rounds[round]);
    for (int i = 0; i < LANES && at + 16 * (size_t)i < length; i++) {
      const __m128i stream = _mm_aesenclast_si128(lanes[i], key->rounds[10]);
      const __m128i text = _mm_loadu_si128((const __m128i *)(from + at) + i);
      _mm_storeu_si128((__m128i *)(to + at) + i, _mm_xor_si128(text, stream));
    }
  }
}

#define EXPAND(round, constant)                                                     \
  {                                                                                 \
    __m128i assist = _mm_shuffle_epi32(_mm_aeskeygenassist_si128(k, constant), 0xff); \
    k = _mm_xor_si128(k, _mm_slli_si128(k, 4));                                     \
    k = _mm_xor_si128(k, _mm_slli_si128(k, 8));                                     \
    key->rounds[round] = k = _mm_xor_si128(k, assist);                              \
  }

/* FIPS 197, 5.2, and RFC 2104. */
WITH_HARDWARE void hardware_set_key(struct hardware_key *key, const uint8_t cipher[16], const uint8_t salt[14],
                                const uint8_t authentication[20]) {
  uint8_t pad[BLOCK];
  uint8_t salt_block[16] = {0};
  __m128i k = key->rounds[0] = _mm_loadu_si128((const __m128i *)cipher);
  EXPAND(1, 0x01) EXPAND(2, 0x02) EXPAND(3, 0x04) EXPAND(4, 0x08) EXPAND(5, 0x10)
  EXPAND(6, 0x20) EXPAND(7, 0x40) EXPAND(8, 0x80) EXPAND(9, 0x1b) EXPAND(10, 0x36)
  memcpy(salt_block, salt, 14);
  key->salt = _mm_loadu_si128((const __m128i *)salt_block);
  const uint32_t start[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  for (int outer = 0; outer < 2; outer++) {
    uint32_t *state = outer ? key->outer : key->inner;
    memset(pad, outer ? 0x5c : 0x36, BLOCK);
    for (int i = 0; i < 20; i++) pad[i] ^= authentication[i];
    memcpy(state, start, sizeof start);
    sha1_block(state, pad);
  }
}

#else

struct hardware_key {
  int unused;
};
static int has_hardware_srtp(void) { return 0; }
static void hardware_tag(const struct hardware_key *key, uint8_t *octets, size_t length, uint32_t roc, uint8_t tag[20]) {
  (void)key, (void)octets, (void)length, (void)roc, (void)tag;
}
static void hardware_cipher(const struct hardware_key *key, uint32_t ssrc, uint64_t index, const uint8_t *from, uint8_t *to,
                        size_t length) {
  (void)key, (void)ssrc, (void)index, (void)from, (void)to, (void)length;
}
static void hardware_set_key(struct hardware_key *key, const uint8_t cipher[16], const uint8_t salt[14],
                         const uint8_t authentication[20]) {
  (void)key, (void)cipher, (void)salt, (void)authentication;
}

#endif

/*
 * Protects header and payload into `to`; returns octets with the tag. `from` and `to` have 127 octets to spare.
 * The whole 48-bit index is given; the rollover counter is its upper part.
 */
static size_t hardware_protect(const struct hardware_key *key, uint32_t ssrc, uint64_t index, const uint8_t *from,
                           size_t header, size_t payload, uint8_t *to) {
  uint8_t tag[20];
  memcpy(to, from, header);
  hardware_cipher(key, ssrc, index, from + header, to + header, payload);
  hardware_tag(key, to, header + payload, (uint32_t)(index >> 16), tag);
  memcpy(to + header + payload, tag, TAG_LENGTH);
  return header + payload + TAG_LENGTH;
}

/* Verifies, then decrypts in place; returns 0 for a packet that is not authentic. */
static int hardware_unprotect(const struct hardware_key *key, uint32_t ssrc, uint64_t index, uint8_t *packet, size_t header,
                          size_t length) {
  uint8_t tag[20], received[TAG_LENGTH];
  const size_t end = length - TAG_LENGTH;
  memcpy(received, packet + end, TAG_LENGTH);
  hardware_tag(key, packet, end, (uint32_t)(index >> 16), tag);
  if (memcmp(tag, received, TAG_LENGTH) != 0) return 0;
  hardware_cipher(key, ssrc, index, packet + header, packet + header, end - header);
  return 1;
}

#endif

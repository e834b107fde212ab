/*
 * What SRTP costs in native code: by the processor's own AES and SHA instructions, and by libsrtp 2 where it is there
 * (WITH_LIBSRTP). Each packet is another one of the same stream, as one subscriber gets them.
 *
 * Usage: srtp_speed PAYLOAD
 *   Prints one line of JSON: nanoseconds per packet, the median of many rounds, null for what cannot be measured.
 * Usage: srtp_speed vector CIPHER_KEY SALT AUTHENTICATION_KEY SSRC INDEX PACKET
 *   Prints a packet with a header of 20 octets, protected by the instructions; all but SSRC and INDEX in hexadecimal.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "srtp_hardware.h"

#ifdef WITH_LIBSRTP
#include <srtp2/srtp.h>
#endif

#define HEADER 20
#define SLOT 1536
/* A round is short, so that few of them are interrupted by what else the machine does. */
#define PACKETS 64
#define ROUNDS 400
#define SSRC 0x01020304

static uint8_t plain[PACKETS][SLOT], protected[PACKETS][SLOT];

static double nanoseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int compare(const void *left, const void *right) {
  const double difference = *(const double *)left - *(const double *)right;
  return difference < 0 ? -1 : difference > 0;
}

static double median(double *rounds) {
  qsort(rounds, ROUNDS, sizeof *rounds, compare);
  return rounds[ROUNDS / 2];
}

static void write_headers(uint64_t first_index) {
  for (uint64_t i = 0; i < PACKETS; i++) {
    const uint16_t sequence = __builtin_bswap16((uint16_t)(first_index + i));
    const uint8_t header[HEADER] = {0x90, 111, [8] = 1, 2, 3, 4, 0xbe, 0xde, 0, 1, 0x10, 0x30};
    memcpy(plain[i], header, HEADER);
    memcpy(plain[i] + 2, &sequence, sizeof sequence);
  }
}

struct speed {
  double protect, unprotect;
};

static struct speed measure_hardware(size_t payload) {
  static double protects[ROUNDS], unprotects[ROUNDS];
  uint8_t octets[50];
  struct hardware_key key;
  for (size_t i = 0; i < sizeof octets; i++) octets[i] = (uint8_t)rand();
  hardware_set_key(&key, octets, octets + 16, octets + 30);
  for (uint64_t round = 0; round < ROUNDS; round++) {
    const uint64_t index = round * PACKETS;
    write_headers(index);
    double start = nanoseconds();
    for (uint64_t i = 0; i < PACKETS; i++)
      hardware_protect(&key, SSRC, index + i, plain[i], HEADER, payload, protected[i]);
    protects[round] = (nanoseconds() - start) / PACKETS;
    start = nanoseconds();
    for (uint64_t i = 0; i < PACKETS; i++)
      if (!hardware_unprotect(&key, SSRC, index + i, protected[i], HEADER, HEADER + payload + TAG_LENGTH)) exit(1);
    unprotects[round] = (nanoseconds() - start) / PACKETS;
  }
  return (struct speed){median(protects), median(unprotects)};
}

#ifdef WITH_LIBSRTP

static srtp_t open_session(srtp_ssrc_type_t type, uint8_t key[30]) {
  srtp_t session;
  srtp_policy_t policy = {0};
  srtp_crypto_policy_set_rtp_default(&policy.rtp);
  srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
  policy.ssrc.type = type;
  policy.key = key;
  policy.window_size = 1024;
  if (srtp_create(&session, &policy) != srtp_err_status_ok) exit(1);
  return session;
}

static struct speed measure_libsrtp(size_t payload) {
  static double protects[ROUNDS], unprotects[ROUNDS];
  uint8_t key[30];
  for (size_t i = 0; i < sizeof key; i++) key[i] = (uint8_t)rand();
  if (srtp_init() != srtp_err_status_ok) exit(1);
  srtp_t sender = open_session(ssrc_any_outbound, key), receiver = open_session(ssrc_any_inbound, key);
  for (uint64_t round = 0; round < ROUNDS; round++) {
    int lengths[PACKETS];
    write_headers(round * PACKETS);
    double start = nanoseconds();
    for (int i = 0; i < PACKETS; i++) {
      /* libsrtp works in place, so whoever fans out has to copy first. */
      lengths[i] = HEADER + (int)payload;
      memcpy(protected[i], plain[i], (size_t)lengths[i]);
      if (srtp_protect(sender, protected[i], &lengths[i]) != srtp_err_status_ok) exit(1);
    }
    protects[round] = (nanoseconds() - start) / PACKETS;
    start = nanoseconds();
    for (int i = 0; i < PACKETS; i++)
      if (srtp_unprotect(receiver, protected[i], &lengths[i]) != srtp_err_status_ok) exit(1);
    unprotects[round] = (nanoseconds() - start) / PACKETS;
  }
  return (struct speed){median(protects), median(unprotects)};
}

#endif

static void print_speed(const char *name, int is_measured, struct speed speed, const char *end) {
  if (is_measured)
    printf("\"%s\":{\"protect\":%.1f,\"unprotect\":%.1f}%s", name, speed.protect, speed.unprotect, end);
  else
    printf("\"%s\":null%s", name, end);
}

static void read_hexadecimal(const char *text, uint8_t *octets) {
  for (; text[0] != '\0' && text[1] != '\0'; text += 2) {
    const char pair[3] = {text[0], text[1], 0};
    *octets++ = (uint8_t)strtoul(pair, NULL, 16);
  }
}

static int print_vector(char **argv) {
  uint8_t cipher[16], salt[14], authentication[20], packet[SLOT], out[SLOT];
  struct hardware_key key;
  if (!has_hardware_srtp()) return 3;
  read_hexadecimal(argv[0], cipher);
  read_hexadecimal(argv[1], salt);
  read_hexadecimal(argv[2], authentication);
  read_hexadecimal(argv[5], packet);
  hardware_set_key(&key, cipher, salt, authentication);
  const uint32_t ssrc = (uint32_t)strtoul(argv[3], NULL, 10);
  const uint64_t index = strtoull(argv[4], NULL, 10);
  const size_t length = hardware_protect(&key, ssrc, index, packet, HEADER, strlen(argv[5]) / 2 - HEADER, out);
  for (size_t i = 0; i < length; i++) printf("%02x", out[i]);
  printf("\n");
  return hardware_unprotect(&key, ssrc, index, out, HEADER, length) ? 0 : 1;
}

int main(int argc, char **argv) {
  if (argc == 8 && strcmp(argv[1], "vector") == 0) return print_vector(argv + 2);
  if (argc != 2) return 2;
  const size_t payload = (size_t)atoi(argv[1]);
  if (payload + HEADER + 2 * 128 > SLOT) return 2;
  const int has_hardware = has_hardware_srtp();
  printf("{");
  print_speed("hardware", has_hardware, has_hardware ? measure_hardware(payload) : (struct speed){0, 0}, ",");
#ifdef WITH_LIBSRTP
  print_speed("libsrtp", 1, measure_libsrtp(payload), "}\n");
#else
  print_speed("libsrtp", 0, (struct speed){0, 0}, "}\n");
#endif
  return 0;
}

/*
 * The physical floor: the least that a selective forwarding unit does, in C with the processor's own AES and SHA.
 * One thread waits in poll(2) on one UDP socket, takes what has come with recvmmsg(2), verifies and decrypts it,
 * encrypts it for each other participant of the room, and hands all to sendmmsg(2). There is no ICE, no DTLS, no RTCP
 * and no signalling, and all that it needs to know stands in arrays.
 *
 * A child process on another core plays the participants: speakers send 50 packets a second at phases of their own,
 * and all receive by the clock, every 5 ms. One in a hundred of the packets received is verified.
 *
 * Usage: floor ROOMS SPEAKERS LISTENERS SECONDS CORE GENERATOR_CORE CRYPTO GATHER_MICROSECONDS TIMED
 *   CRYPTO 1 or 0; GATHER_MICROSECONDS above 0 waits so long for more packets, and sends what goes to one destination
 *   in one UDP GSO message (udp(7), UDP_SEGMENT). TIMED 1 or 0: whether the packets that are verified are timed, from
 *   the clock before the speaker's send call to the kernel's stamp on the forwarded packet (SO_TIMESTAMPNS, socket(7)).
 * Prints one line of JSON.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "srtp_hardware.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#define HEADER 20
#define PAYLOAD 100
#define PACKET (HEADER + PAYLOAD + TAG_LENGTH)
#define SPARE 128
#define SLOT (PACKET + SPARE)
#define RECEIVE_BATCH 64
#define SEND_BATCH 1024
#define INTERVAL 0.02
#define DRAIN_INTERVAL 0.005
#define WARM_UP 1.0
#define SOCKET_BUFFER (4 << 20)
#define VERIFY_EVERY 100
/* Latency is counted by microseconds up to here; what takes longer is counted in the last place. */
#define LATENCY_PLACES 65536

struct participant {
  int socket;
  int room;
  int speaks;
  struct sockaddr_in address;
  /* Of the packets that it sends, and of those that it receives: one key each, as after DTLS. */
  struct hardware_key sending, receiving;
  /* Of the next packet in each direction. */
  uint64_t sending_index, receiving_index;
};

/* What the child counts; shared with it. */
struct counts {
  volatile long received, verified, wrong;
  volatile int latencies[LATENCY_PLACES];
};

struct batch {
  struct mmsghdr messages[SEND_BATCH];
  struct iovec vectors[SEND_BATCH];
  char control[SEND_BATCH][CMSG_SPACE(sizeof(uint16_t))];
  uint8_t slots[SEND_BATCH][SLOT];
  int length;
};

static struct participant *participants;
static struct counts *counts;
static int participants_count, participants_per_room, crypto, timed;
static int server;
static struct sockaddr_in server_address;
static uint16_t participant_by_port[65536];
static struct batch batch;

static double now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void sleep_for(double seconds) {
  if (seconds <= 0) return;
  struct timespec time = {0, (long)(seconds * 1e9)};
  nanosleep(&time, NULL);
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void pin(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) die("sched_setaffinity");
  /* Sleeps of up to 50 us more than asked for are the default. */
  prctl(PR_SET_TIMERSLACK, 1000);
}

static int open_socket(struct sockaddr_in *address) {
  const int size = SOCKET_BUFFER;
  socklen_t length = sizeof *address;
  const int opened = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (opened < 0 || bind(opened, (struct sockaddr *)address, sizeof *address) != 0) die("socket");
  setsockopt(opened, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(opened, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  if (timed) setsockopt(opened, SOL_SOCKET, SO_TIMESTAMPNS, &timed, sizeof timed);
  getsockname(opened, (struct sockaddr *)address, &length);
  return opened;
}

static void random_key(struct hardware_key *key) {
  uint8_t octets[50];
  for (size_t i = 0; i < sizeof octets; i++) octets[i] = (uint8_t)rand();
  hardware_set_key(key, octets, octets + 16, octets + 30);
}

static void open_participants(int rooms, int speakers, int listeners) {
  participants_per_room = speakers + listeners;
  participants_count = rooms * participants_per_room;
  participants = aligned_alloc(64, sizeof *participants * (size_t)(participants_count + 63) / 64 * 64);
  server = open_socket(&server_address);
  for (int i = 0; i < participants_count; i++) {
    struct participant *participant = &participants[i];
    participant->socket = open_socket(&participant->address);
    participant->room = i / participants_per_room;
    participant->speaks = i % participants_per_room < speakers;
    participant->sending_index = participant->receiving_index = 0;
    random_key(&participant->sending);
    random_key(&participant->receiving);
    participant_by_port[participant->address.sin_port] = (uint16_t)i;
  }
}

/* The participants, in the child. */

static void speak(struct participant *participant) {
  uint8_t plain[SLOT] = {0x90, 111}, packet[SLOT];
  const uint64_t index = participant->sending_index++;
  const uint16_t sequence = htons((uint16_t)index);
  memcpy(plain + 2, &sequence, 2);
  const double sent_at = now(CLOCK_REALTIME);
  memcpy(plain + HEADER, &sent_at, sizeof sent_at);
  if (crypto) hardware_protect(&participant->sending, 1, index, plain, HEADER, PAYLOAD, packet);
  sendto(participant->socket, crypto ? packet : plain, PACKET, 0, (struct sockaddr *)&server_address,
         sizeof server_address);
}

static double received_at(struct msghdr *header) {
  struct cmsghdr *control = CMSG_FIRSTHDR(header);
  if (control == NULL || control->cmsg_type != SO_TIMESTAMPNS) return 0;
  struct timespec time;
  memcpy(&time, CMSG_DATA(control), sizeof time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void count_latency(const uint8_t *payload, double received) {
  double sent;
  memcpy(&sent, payload, sizeof sent);
  const long microseconds = (long)((received - sent) * 1e6);
  counts->latencies[microseconds < 0 ? 0 : microseconds < LATENCY_PLACES ? microseconds : LATENCY_PLACES - 1]++;
}

static void check(const struct participant *participant, uint8_t *packet, struct mmsghdr *message) {
  uint64_t index;
  /* An index of 48 bits cannot be told from 16; the floor writes all of it into the extension's place. */
  memcpy(&index, packet + 12, sizeof index);
  const size_t length = message->msg_len;
  if (length != PACKET || !hardware_unprotect(&participant->receiving, 1, index, packet, HEADER, length)) {
    counts->wrong++;
    return;
  }
  counts->verified++;
  const double received = received_at(&message->msg_hdr);
  if (received > 0) count_latency(packet + HEADER, received);
}

static void drain(const struct participant *participant) {
  static uint8_t slots[RECEIVE_BATCH][SLOT];
  static struct iovec vectors[RECEIVE_BATCH];
  static struct mmsghdr messages[RECEIVE_BATCH];
  static char controls[RECEIVE_BATCH][CMSG_SPACE(sizeof(struct timespec))];
  int taken;
  do {
    for (int i = 0; i < RECEIVE_BATCH; i++) {
      vectors[i] = (struct iovec){slots[i], SLOT};
      messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i],
                                            .msg_iovlen = 1,
                                            .msg_control = timed ? controls[i] : NULL,
                                            .msg_controllen = timed ? sizeof controls[i] : 0};
    }
    taken = recvmmsg(participant->socket, messages, RECEIVE_BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < taken; i++)
      if (++counts->received % VERIFY_EVERY == 0 && crypto) check(participant, slots[i], &messages[i]);
  } while (taken == RECEIVE_BATCH);
}

static void play_participants(int core) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pin(core);
  double *due = calloc((size_t)participants_count, sizeof *due);
  double drain_due = now(CLOCK_MONOTONIC);
  for (int i = 0; i < participants_count; i++) due[i] = drain_due + drand48() * INTERVAL;
  for (;;) {
    const double time = now(CLOCK_MONOTONIC);
    double next = drain_due;
    for (int i = 0; i < participants_count; i++) {
      if (!participants[i].speaks) continue;
      for (; due[i] <= time; due[i] += INTERVAL) speak(&participants[i]);
      if (due[i] < next) next = due[i];
    }
    if (drain_due <= time) {
      for (int i = 0; i < participants_count; i++) drain(&participants[i]);
      drain_due = time + DRAIN_INTERVAL;
    }
    sleep_for(next - now(CLOCK_MONOTONIC));
  }
}

/* The forwarding unit. */

static long flush(void) {
  int done = 0;
  while (done < batch.length) {
    const int sent = sendmmsg(server, batch.messages + done, (unsigned)(batch.length - done), 0);
    if (sent <= 0) die("sendmmsg");
    done += sent;
  }
  batch.length = 0;
  return done;
}

/* One message of `length` octets that lie at `octets`, cut into packets by the kernel when it is longer than one. */
static void queue(struct participant *to, uint8_t *octets, size_t length) {
  struct msghdr *header = &batch.messages[batch.length].msg_hdr;
  batch.vectors[batch.length] = (struct iovec){octets, length};
  *header = (struct msghdr){.msg_name = &to->address,
                            .msg_namelen = sizeof to->address,
                            .msg_iov = &batch.vectors[batch.length],
                            .msg_iovlen = 1};
  if (length > PACKET) {
    const uint16_t segment = PACKET;
    header->msg_control = batch.control[batch.length];
    header->msg_controllen = sizeof batch.control[0];
    struct cmsghdr *control = CMSG_FIRSTHDR(header);
    control->cmsg_level = IPPROTO_UDP;
    control->cmsg_type = UDP_SEGMENT;
    control->cmsg_len = CMSG_LEN(sizeof segment);
    memcpy(CMSG_DATA(control), &segment, sizeof segment);
  }
  batch.length++;
}

static void protect_for(struct participant *to, const uint8_t *packet, uint8_t *slot) {
  uint8_t header[HEADER];
  const uint64_t index = to->receiving_index++;
  memcpy(header, packet, HEADER);
  memcpy(header + 12, &index, sizeof index);
  memcpy(slot, header, HEADER);
  if (!crypto) {
    memcpy(slot + HEADER, packet + HEADER, PAYLOAD + TAG_LENGTH);
    return;
  }
  hardware_cipher(&to->receiving, 1, index, packet + HEADER, slot + HEADER, PAYLOAD);
  uint8_t tag[20];
  hardware_tag(&to->receiving, slot, HEADER + PAYLOAD, (uint32_t)(index >> 16), tag);
  memcpy(slot + HEADER + PAYLOAD, tag, TAG_LENGTH);
}

/* Packet by packet, one message for each subscriber. */
static long forward_each(uint8_t packets[][SLOT], const int *speakers, int count) {
  long sent = 0;
  for (int i = 0; i < count; i++) {
    const int first = participants[speakers[i]].room * participants_per_room;
    for (int to = first; to < first + participants_per_room; to++) {
      if (to == speakers[i]) continue;
      if (batch.length == SEND_BATCH) sent += flush();
      uint8_t *slot = batch.slots[batch.length];
      protect_for(&participants[to], packets[i], slot);
      queue(&participants[to], slot, PACKET);
    }
  }
  return sent + flush();
}

/* Subscriber by subscriber, all of its packets in one message. */
static long forward_gathered(uint8_t packets[][SLOT], const int *speakers, int count) {
  static uint8_t run[SEND_BATCH][RECEIVE_BATCH * PACKET + SPARE];
  long sent = 0;
  for (int to = 0; to < participants_count; to++) {
    uint8_t *octets = run[batch.length];
    size_t length = 0;
    for (int i = 0; i < count; i++) {
      if (speakers[i] == to || participants[speakers[i]].room != participants[to].room) continue;
      protect_for(&participants[to], packets[i], octets + length);
      length += PACKET;
    }
    if (length == 0) continue;
    queue(&participants[to], octets, length);
    sent += (long)(length / PACKET);
    if (batch.length == SEND_BATCH) flush();
  }
  flush();
  return sent;
}

static int receive(uint8_t packets[][SLOT], int *speakers) {
  static struct iovec vectors[RECEIVE_BATCH];
  static struct mmsghdr messages[RECEIVE_BATCH];
  static struct sockaddr_in sources[RECEIVE_BATCH];
  for (int i = 0; i < RECEIVE_BATCH; i++) {
    vectors[i] = (struct iovec){packets[i], SLOT};
    messages[i].msg_hdr = (struct msghdr){
        .msg_name = &sources[i], .msg_namelen = sizeof sources[i], .msg_iov = &vectors[i], .msg_iovlen = 1};
  }
  const int taken = recvmmsg(server, messages, RECEIVE_BATCH, MSG_DONTWAIT, NULL);
  for (int i = 0; i < taken; i++) {
    speakers[i] = participant_by_port[sources[i].sin_port];
    struct participant *speaker = &participants[speakers[i]];
    if (crypto && !hardware_unprotect(&speaker->sending, 1, speaker->sending_index++, packets[i], HEADER, PACKET))
      counts->wrong++;
  }
  return taken < 0 ? 0 : taken;
}

struct totals {
  double cpu, at;
  long in, out, wakes, received;
};

/* Microseconds that the given share of the timed packets took at most; 0 where none was timed. */
static int latency_at(double share) {
  long all = 0, below = 0;
  for (int i = 0; i < LATENCY_PLACES; i++) all += counts->latencies[i];
  for (int i = 0; i < LATENCY_PLACES; i++) {
    below += counts->latencies[i];
    if (all > 0 && (double)below >= share * (double)all) return i;
  }
  return 0;
}

static void print_result(const struct totals *first, const struct totals *last) {
  const double seconds = last->at - first->at, cpu = last->cpu - first->cpu;
  const long out = last->out - first->out;
  printf("{\"microsecondsPerPacketOut\":%.4f,\"packetsInPerSecond\":%.0f,\"packetsOutPerSecond\":%.0f,"
         "\"load\":%.4f,\"wakesPerSecond\":%.0f,\"lost\":%ld,\"verified\":%ld,\"wrong\":%ld,\"crypto\":%s,"
         "\"latency\":{\"p50\":%d,\"p99\":%d,\"p999\":%d}}\n",
         cpu * 1e6 / (double)out, (double)(last->in - first->in) / seconds, (double)out / seconds, cpu / seconds,
         (double)(last->wakes - first->wakes) / seconds, last->out - last->received, counts->verified,
         counts->wrong, crypto ? "true" : "false", latency_at(0.5), latency_at(0.99), latency_at(0.999));
}

static void forward(double seconds, int gather_microseconds) {
  static uint8_t packets[RECEIVE_BATCH][SLOT];
  int speakers[RECEIVE_BATCH];
  struct totals total = {0}, first = {0};
  const double started = now(CLOCK_MONOTONIC);
  struct pollfd readable = {server, POLLIN, 0};
  while (total.at < started + WARM_UP + seconds) {
    poll(&readable, 1, 100);
    sleep_for(gather_microseconds * 1e-6);
    const int count = receive(packets, speakers);
    total.out += gather_microseconds > 0 ? forward_gathered(packets, speakers, count)
                                         : forward_each(packets, speakers, count);
    total.in += count;
    total.wakes++;
    total.at = now(CLOCK_MONOTONIC);
    if (first.at == 0 && total.at > started + WARM_UP) {
      total.cpu = now(CLOCK_PROCESS_CPUTIME_ID);
      first = total;
      memset((void *)counts->latencies, 0, sizeof counts->latencies);
    }
  }
  total.cpu = now(CLOCK_PROCESS_CPUTIME_ID);
  usleep((useconds_t)(4 * DRAIN_INTERVAL * 1e6));
  total.received = counts->received;
  print_result(&first, &total);
}

int main(int argc, char **argv) {
  if (argc != 10) {
    fprintf(stderr, "usage: floor ROOMS SPEAKERS LISTENERS SECONDS CORE GENERATOR_CORE CRYPTO GATHER_MICROSECONDS"
                    " TIMED\n");
    return 2;
  }
  crypto = atoi(argv[7]) && has_hardware_srtp();
  timed = atoi(argv[9]);
  counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (counts == MAP_FAILED) die("mmap");
  open_participants(atoi(argv[1]), atoi(argv[2]), atoi(argv[3]));
  const pid_t child = fork();
  if (child < 0) die("fork");
  if (child == 0) play_participants(atoi(argv[6]));
  pin(atoi(argv[5]));
  forward(atof(argv[4]), atoi(argv[8]));
  kill(child, SIGKILL);
  return 0;
}

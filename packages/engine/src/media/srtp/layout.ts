/**
 * The records that TypeScript and the kernel share in worker memory, and the kernel's limits. The kernel has the same
 * names and values in packages/kernel/assembly/layout.ts; a test holds the two together. Everything is little endian
 * and is named by its byte offset in the memory; 0 means none.
 */

/** Subscribers that are served at once: the lanes of a vector of four 32-bit words. */
export const LANES = 4;

/** The kernel's page: the first of the memory holds its constants and scratch, and nothing else. */
export const KERNEL_PAGE_SIZE = 65_536;
/** u32: packets that were not queued because the transmit ring of their destination was full. */
export const FULL_RING_COUNT = 16;
/** Where a master key (16 octets) and, behind it, a master salt (14) are handed to the kernel, and then wiped. */
export const MASTER_KEY_INPUT = 32;
/** Where the rest of the kernel's page begins, which the kernel itself leaves alone. */
export const WARM_UP_AREA = 16_384;

/*
 * KeyGroup: the SRTP keys of four subscribers of one room.
 *
 *     0     inner hash state of HMAC-SHA1: 5 words, each of 4 lanes
 *     80    outer hash state, likewise
 *     160   session salts: 4 lanes of 16 octets, the last two of them zero
 *     224   destination: u32 per lane, offset of a Destination record, 0 for a lane that sends nothing
 *     240   unused
 *     256   round keys: 11 rounds of 8 bit planes of 16 octets, for all lanes
 *     1664  first-round table: for each two blocks of payload 64 octets
 */
export const KEY_GROUP_INNER_STATE = 0;
export const KEY_GROUP_OUTER_STATE = 80;
export const KEY_GROUP_SALT = 160;
export const KEY_GROUP_DESTINATION = 224;
export const KEY_GROUP_ROUND_KEYS = 256;
export const KEY_GROUP_FIRST_ROUND_TABLE = 1664;
export const KEY_GROUP_SIZE = 4480;

/*
 * RouteGroup: one publication to the subscribers of one key group. Each field is a u32 per lane.
 *
 *     0     SSRC under which the subscriber receives the stream
 *     16    rollover counter of the lane (RFC 3711, 3.2.1)
 *     32    highest sequence number that the lane has sent; before its first packet the one before that
 *     48    added to the sequence number, modulo 2^16
 *     64    added to the timestamp, modulo 2^32
 *     80    payload type
 *     96    id of the audio-level header extension (RFC 6464), 0 for none
 *     112   1 for a lane that sends, else 0
 *     128   packets sent, modulo 2^32
 *     144   octets of payload sent, modulo 2^32
 */
export const ROUTE_GROUP_SSRC = 0;
export const ROUTE_GROUP_ROC = 16;
export const ROUTE_GROUP_LAST_SEQUENCE_NUMBER = 32;
export const ROUTE_GROUP_SEQUENCE_OFFSET = 48;
export const ROUTE_GROUP_TIMESTAMP_OFFSET = 64;
export const ROUTE_GROUP_PAYLOAD_TYPE = 80;
export const ROUTE_GROUP_AUDIO_LEVEL_EXTENSION = 96;
export const ROUTE_GROUP_ACTIVE = 112;
export const ROUTE_GROUP_PACKETS_SENT = 128;
export const ROUTE_GROUP_OCTETS_SENT = 144;
export const ROUTE_GROUP_SIZE = 160;

/** Entry of a plan, of which one is read per publication: u32 offset of a KeyGroup, u32 offset of a RouteGroup. */
export const PLAN_KEY_GROUP = 0;
export const PLAN_ROUTE_GROUP = 4;
export const PLAN_ENTRY_SIZE = 8;

/**
 * Destination: u32 offset of a TransmitRing, u32 length of a socket address, u32 for the kernel's own use while it
 * merges, and at 16 the address (up to 28).
 */
export const DESTINATION_RING = 0;
export const DESTINATION_ADDRESS_LENGTH = 4;
export const DESTINATION_LAST_QUEUED = 8;
export const DESTINATION_ADDRESS = 16;
export const DESTINATION_SIZE = 64;

/** TransmitRing: u32 messages queued, u32 capacity, u32 offset of its `mmsghdr`s, u32 offset of its `iovec`s. */
export const TRANSMIT_RING_COUNT = 0;
export const TRANSMIT_RING_CAPACITY = 4;
export const TRANSMIT_RING_MESSAGES = 8;
export const TRANSMIT_RING_VECTORS = 12;
export const TRANSMIT_RING_SIZE = 16;

/**
 * MergeArea: where mergeMessages puts its result. Five u32 offsets of arrays with an entry per message of the largest
 * ring: `mmsghdr`s, `iovec`s, control messages, and two of u32 for the kernel's own use.
 */
export const MERGE_AREA_MESSAGES = 0;
export const MERGE_AREA_VECTORS = 4;
export const MERGE_AREA_CONTROLS = 8;
export const MERGE_AREA_LINKS = 12;
export const MERGE_AREA_HEADS = 16;
export const MERGE_AREA_SIZE = 32;
/** Packets that one message carries at most; Linux takes 64 (UDP_MAX_SEGMENTS). */
export const MAX_SEGMENTS = 32;
/** Octets of the longest packet that is merged: a longer one may need fragments, which segments cannot have. */
export const MAX_SEGMENT_LENGTH = 1200;

/**
 * `struct mmsghdr` and `struct iovec` of 64-bit Linux. In a ring the kernel writes name, name length, base and length;
 * the pointer to the vector and the count of vectors, which is 1, are whoever's who makes the ring.
 */
export const MESSAGE_NAME = 0;
export const MESSAGE_NAME_LENGTH = 8;
export const MESSAGE_VECTOR = 16;
export const MESSAGE_VECTOR_COUNT = 24;
export const MESSAGE_CONTROL = 32;
export const MESSAGE_CONTROL_LENGTH = 40;
export const MESSAGE_SIZE = 64;
export const VECTOR_BASE = 0;
export const VECTOR_LENGTH = 8;
export const VECTOR_SIZE = 16;
/**
 * Control message that says how long the segments of a message are: `struct cmsghdr` (16 octets; whoever makes the
 * area fills it in), u16 length of a segment, padding. UDP_SEGMENT, udp(7).
 */
export const CONTROL_SEGMENT_LENGTH = 16;
export const CONTROL_SIZE = 24;

/*
 * StreamCipher: one key, to unprotect or protect packet after packet.
 *
 *     0     inner hash state of HMAC-SHA1: 5 words
 *     20    outer hash state, likewise
 *     48    session salt: 16 octets, the last two of them zero
 *     64    round keys: 11 rounds of 8 bit planes of 16 octets
 *     1472  first-round table: for each eight blocks 64 octets
 */
export const STREAM_CIPHER_INNER_STATE = 0;
export const STREAM_CIPHER_OUTER_STATE = 20;
export const STREAM_CIPHER_SALT = 48;
export const STREAM_CIPHER_ROUND_KEYS = 64;
export const STREAM_CIPHER_FIRST_ROUND_TABLE = 1472;
export const STREAM_CIPHER_SIZE = 2496;

/** SRTP_AES128_CM_HMAC_SHA1_80, RFC 5764 section 4.1.2: octets of master key and master salt. */
export const MASTER_KEY_LENGTH = 16;
export const MASTER_SALT_LENGTH = 14;
/** First of the three labels of key derivation, RFC 3711 section 4.3.2. */
export const RTP_LABELS = 0;
export const RTCP_LABELS = 3;

/** Longest header that fanOut takes: 15 CSRCs and the one extension of the canonical form. */
export const MAX_HEADER_LENGTH = 80;
/** Longest payload that fanOut takes; the first-round table of a key group ends there. */
export const MAX_PAYLOAD_LENGTH = 1400;
/** Longest packet that a StreamCipher takes, tag and trailer included. */
export const MAX_STREAM_PACKET_LENGTH = 2048;
/** Octets that SRTP appends: the authentication tag. */
export const TAG_LENGTH = 10;
/** Octets that SRTCP appends: E flag and index (4), and the tag. */
export const SRTCP_TRAILER_LENGTH = 14;
/** Octets behind header and payload of an output slot that fanOut may write. */
export const OUTPUT_SPARE = 96;
/** Octets behind any packet that the kernel may read. */
export const INPUT_SPARE = 64;
/** Octets of a key of hmacSha1: a block of SHA-1. */
export const MAX_HMAC_KEY_LENGTH = 64;

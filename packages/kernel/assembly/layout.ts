/**
 * What kernel and TypeScript agree on: the same names and values stand in packages/engine/src/media/srtp/layout.ts,
 * where they are explained, and a test holds the two together. All are byte offsets, sizes or counts.
 */

export const LANES: usize = 4;

export const KERNEL_PAGE_SIZE: usize = 65536;
export const FULL_RING_COUNT: usize = 16;
export const MASTER_KEY_INPUT: usize = 32;
export const WARM_UP_AREA: usize = 16384;

export const KEY_GROUP_INNER_STATE: usize = 0;
export const KEY_GROUP_OUTER_STATE: usize = 80;
export const KEY_GROUP_SALT: usize = 160;
export const KEY_GROUP_DESTINATION: usize = 224;
export const KEY_GROUP_ROUND_KEYS: usize = 256;
export const KEY_GROUP_FIRST_ROUND_TABLE: usize = 1664;
export const KEY_GROUP_SIZE: usize = 4480;

export const ROUTE_GROUP_SSRC: usize = 0;
export const ROUTE_GROUP_ROC: usize = 16;
export const ROUTE_GROUP_LAST_SEQUENCE_NUMBER: usize = 32;
export const ROUTE_GROUP_SEQUENCE_OFFSET: usize = 48;
export const ROUTE_GROUP_TIMESTAMP_OFFSET: usize = 64;
export const ROUTE_GROUP_PAYLOAD_TYPE: usize = 80;
export const ROUTE_GROUP_AUDIO_LEVEL_EXTENSION: usize = 96;
export const ROUTE_GROUP_ACTIVE: usize = 112;
export const ROUTE_GROUP_PACKETS_SENT: usize = 128;
export const ROUTE_GROUP_OCTETS_SENT: usize = 144;
export const ROUTE_GROUP_SIZE: usize = 160;

export const PLAN_KEY_GROUP: usize = 0;
export const PLAN_ROUTE_GROUP: usize = 4;
export const PLAN_ENTRY_SIZE: usize = 8;

export const DESTINATION_RING: usize = 0;
export const DESTINATION_ADDRESS_LENGTH: usize = 4;
export const DESTINATION_LAST_QUEUED: usize = 8;
export const DESTINATION_ADDRESS: usize = 16;
export const DESTINATION_SIZE: usize = 64;

export const TRANSMIT_RING_COUNT: usize = 0;
export const TRANSMIT_RING_CAPACITY: usize = 4;
export const TRANSMIT_RING_MESSAGES: usize = 8;
export const TRANSMIT_RING_VECTORS: usize = 12;
export const TRANSMIT_RING_SIZE: usize = 16;

export const MERGE_AREA_MESSAGES: usize = 0;
export const MERGE_AREA_VECTORS: usize = 4;
export const MERGE_AREA_CONTROLS: usize = 8;
export const MERGE_AREA_LINKS: usize = 12;
export const MERGE_AREA_HEADS: usize = 16;
export const MERGE_AREA_SIZE: usize = 32;
export const MAX_SEGMENTS: u32 = 32;
export const MAX_SEGMENT_LENGTH: u32 = 1200;

export const MESSAGE_NAME: usize = 0;
export const MESSAGE_NAME_LENGTH: usize = 8;
export const MESSAGE_VECTOR: usize = 16;
export const MESSAGE_VECTOR_COUNT: usize = 24;
export const MESSAGE_CONTROL: usize = 32;
export const MESSAGE_CONTROL_LENGTH: usize = 40;
export const MESSAGE_SIZE: usize = 64;
export const VECTOR_BASE: usize = 0;
export const VECTOR_LENGTH: usize = 8;
export const VECTOR_SIZE: usize = 16;
export const CONTROL_SEGMENT_LENGTH: usize = 16;
export const CONTROL_SIZE: usize = 24;

export const STREAM_CIPHER_INNER_STATE: usize = 0;
export const STREAM_CIPHER_OUTER_STATE: usize = 20;
export const STREAM_CIPHER_SALT: usize = 48;
export const STREAM_CIPHER_ROUND_KEYS: usize = 64;
export const STREAM_CIPHER_FIRST_ROUND_TABLE: usize = 1472;
export const STREAM_CIPHER_SIZE: usize = 2496;

export const MASTER_KEY_LENGTH: usize = 16;
export const MASTER_SALT_LENGTH: usize = 14;
export const RTP_LABELS: usize = 0;
export const RTCP_LABELS: usize = 3;

export const MAX_HEADER_LENGTH: usize = 80;
export const MAX_PAYLOAD_LENGTH: usize = 1400;
export const MAX_STREAM_PACKET_LENGTH: usize = 2048;
export const TAG_LENGTH: usize = 10;
export const SRTCP_TRAILER_LENGTH: usize = 14;
export const OUTPUT_SPARE: usize = 96;
export const INPUT_SPARE: usize = 64;
export const MAX_HMAC_KEY_LENGTH: usize = 64;

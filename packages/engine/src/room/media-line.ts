import type { SubscriptionId } from '../contract/messages.js';
import { type Direction, directionOf } from '../sdp/direction.js';
import { type ExtensionIds, NO_EXTENSIONS } from '../sdp/header-extensions.js';
import {
  type DataMedia,
  type LocalStream,
  NO_REPAIR,
  type RejectedMedia,
  type Repair,
  type RtpMedia,
} from '../sdp/local-description.js';
import { DEFAULT_OPUS_PAYLOAD_TYPE, OPUS_ENCODING, opusParameters } from '../sdp/opus.js';
import { type Route, Slot, type StreamSsrcs } from './slot.js';

/** How Opus and its header extensions are numbered on an m-line. */
export interface AudioFormat {
  readonly payloadType: number;
  /** Value of the peer's `a=fmtp` for Opus. */
  readonly parameters: string;
  readonly extensions: ExtensionIds;
  /** What the client has offered of it, as far as the engine takes part in it. */
  readonly repair: Repair;
  /** The engine sends again what is asked for, and says so in its own offers whatever the client has offered. */
  readonly retransmits: boolean;
}

/** Of a client that has said nothing yet. */
export const PLAIN_FORMAT: AudioFormat = {
  payloadType: DEFAULT_OPUS_PAYLOAD_TYPE,
  parameters: '',
  extensions: NO_EXTENSIONS,
  repair: NO_REPAIR,
  retransmits: false,
};

/** What a fixed slot receives from the media worker. */
export interface SlotSubscription {
  readonly id: SubscriptionId;
  /** What the media worker was told of the m-line, to see whether a later offer changes it. */
  readonly signature: string;
}

/** An m-line of a client on which it hears, one after the other, whoever has that seat. */
export class FixedSlot implements StreamSsrcs {
  readonly ssrc: number;
  readonly retransmissionSsrc: number;
  subscription: SlotSubscription | null = null;

  /**
   * @param index which seat: 0 for the first one
   * @param ssrcs stay for as long as the client is there
   */
  constructor(
    readonly index: number,
    { ssrc, retransmissionSsrc }: StreamSsrcs,
  ) {
    this.ssrc = ssrc;
    this.retransmissionSsrc = retransmissionSsrc;
  }

  /** In msid, by which the client knows the slot. */
  get label(): string {
    return `slot-${this.index}`;
  }
}

/** An m-line that is answered with port 0: video, data, codecs without Opus. */
export interface RejectedLine {
  readonly type: 'rejected';
  readonly mid: string | null;
  readonly media: RejectedMedia;
}

/** An m-line that is accepted for its transport alone, because the client offers no audio. */
export interface CarrierLine {
  readonly type: 'carrier';
  readonly mid: string;
  readonly media: RtpMedia | DataMedia;
}

/** An m-line of Opus. One of them may carry the client's own stream; the others carry one participant each. */
export class AudioLine {
  readonly type = 'audio';
  readonly slot = new Slot();
  /** Set where whoever speaks is heard on the m-line; then nobody is offered on it. */
  fixed: FixedSlot | null = null;
  /** The engine takes the client's stream here. */
  receives = false;
  /**
   * The client brought it: its track has an id of the client's own there, not the cid that msid names, by which
   * clients know whom they hear. So nobody is offered on it.
   */
  own = false;
  /** The client would take a stream here. */
  sendable = true;
  /** The client has stopped the m-line: port 0 from now on. */
  stopped = false;
  /** An offer that lists NACK has gone out. */
  offersNack = false;

  constructor(
    readonly mid: string,
    public protocol: string,
    public format: AudioFormat,
    public reducedSizeRtcp: boolean,
  ) {}

  /** Whether an offer may give the m-line to a publisher that is new to the client. */
  get isFree(): boolean {
    return !this.own && !this.stopped && !this.receives && this.sendable && this.slot.isFree;
  }

  /**
   * @param withStream whether the description sends what the slot holds
   * @returns what the engine writes for the m-line
   */
  describe(type: 'offer' | 'answer', withStream: boolean): RtpMedia | RejectedMedia {
    if (this.stopped) {
      const formats = [String(this.format.payloadType)];
      return { state: 'rejected', mid: this.mid, kind: 'audio', protocol: this.protocol, formats };
    }
    const { payloadType, parameters, extensions } = this.format;
    const repair = type === 'offer' ? this.#offeredRepair() : this.format.repair;
    const stream = this.#streamOf(withStream ? this.slot.route : null, repair);
    const direction: Direction = directionOf(stream !== null, this.receives);
    return {
      state: 'rtp',
      mid: this.mid,
      kind: 'audio',
      protocol: this.protocol,
      direction,
      payloadType,
      encoding: OPUS_ENCODING,
      parameters: opusParameters(parameters),
      repair,
      extensions: this.receives ? extensions : { ...NO_EXTENSIONS, audioLevel: extensions.audioLevel },
      reducedSizeRtcp: this.reducedSizeRtcp,
      stream,
    };
  }

  #streamOf(route: Route | null, { rtxPayloadType }: Repair): LocalStream | null {
    const source = this.fixed ?? route;
    if (source === null || (this.fixed !== null && !this.sendable)) return null;
    const { streamId, trackId } = namesOf(source);
    const retransmissionSsrc = rtxPayloadType === null ? null : source.retransmissionSsrc;
    return { streamId, trackId, ssrc: source.ssrc, retransmissionSsrc, cname: trackId };
  }

  /**
   * An answer lists what was offered to it and no more (RFC 4585 section 4.2). An offer may list NACK to a client that
   * has not announced it: browsers take part in it for Opus, and do not say so.
   */
  #offeredRepair(): Repair {
    const { repair, retransmits } = this.format;
    if (retransmits) this.offersNack = true;
    return { ...repair, feedback: { ...repair.feedback, nack: repair.feedback.nack || retransmits } };
  }
}

/** @returns both parts of msid */
function namesOf(source: FixedSlot | Route): Pick<LocalStream, 'streamId' | 'trackId'> {
  if (source instanceof FixedSlot) return { streamId: source.label, trackId: source.label };
  const { uid, cid } = source.publisher;
  return { streamId: uid, trackId: cid };
}

/** The m-lines of a connection stand in the same order, with the same mids, in every description of it. */
export type MediaLine = RejectedLine | CarrierLine | AudioLine;

/** What comes from one of the others. */
export interface Voice {
  readonly uid: string;
  readonly receiver: RTCRtpReceiver;
  readonly stream: MediaStream;
  /** Names what plays it. */
  readonly player: string;
}

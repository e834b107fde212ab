/**
 * @param sdp an offer of the engine
 * @returns the uids of those who publish, by mid; m-lines that carry nobody are left out
 */
export function publishersOf(sdp: string): ReadonlyMap<string, string> {
  const sections = sdp.split(/\r?\n(?=m=)/).slice(1);
  const sending = sections.filter((section) => /^a=(sendonly|sendrecv)\s*$/m.test(section));
  return new Map(sending.map((section) => [value(section, 'mid'), value(section, 'msid')]));
}

/** @returns the same description without the candidates of UDP */
export function withoutUdpCandidates(sdp: string): string {
  const lines = sdp.split('\r\n').filter((line) => !/^a=candidate:\S+ \d+ udp /i.test(line));
  return lines.join('\r\n');
}

function value(section: string, attribute: string): string {
  return new RegExp(`^a=${attribute}:(\\S+)`, 'm').exec(section)?.[1] ?? '';
}

/** Makes an allocation on a TURN server and ends it again, as a client would whose media it relays. */
import { Allocation, type AllocationStep, type TurnCredentials } from './allocation.js';
import { openTurnConnection, type TurnEndpoint, type TurnTransport } from './turn-connection.js';

/** How long all of it may take, ms. */
const TIMEOUT = 5_000;
/** Until a datagram is sent again for the first time, ms; it doubles (RFC 8489 section 6.2.1). */
const RETRANSMISSION_TIMEOUT = 500;

export type AllocationResult =
  | {
      readonly kind: 'allocated';
      readonly relayed: { readonly address: string; readonly port: number };
      readonly isAuthenticated: boolean;
      /** From the first request to its answer, ms. */
      readonly roundTrip: number;
    }
  | Extract<AllocationStep, { readonly kind: 'refused' | 'malformed' }>
  | { readonly kind: 'unreachable'; readonly error: Error };

export function allocate(
  transport: TurnTransport,
  endpoint: TurnEndpoint,
  credentials: TurnCredentials,
): Promise<AllocationResult> {
  return new Promise((fulfil) => {
    const allocation = new Allocation(credentials);
    let retransmission: NodeJS.Timeout | undefined;
    let result: AllocationResult | null = null;
    let sentAt = 0;
    let roundTrip: number | null = null;
    const timeout = setTimeout(() => end(result ?? unreachable(new Error('no answer in time'))), TIMEOUT);
    const connection = openTurnConnection(transport, endpoint, {
      onOpen: () => send(allocation.request()),
      onMessage: (message) => take(allocation.receive(message)),
      onError: (error) => end(result ?? unreachable(error)),
    });

    function send(message: Buffer, pause = RETRANSMISSION_TIMEOUT): void {
      sentAt ||= performance.now();
      clearTimeout(retransmission);
      connection.send(message);
      // Streams bring what is sent by themselves.
      if (transport === 'udp') retransmission = setTimeout(() => send(message, pause * 2), pause);
    }

    function take(step: AllocationStep): void {
      if (step.kind === 'ignored') return;
      roundTrip ??= performance.now() - sentAt;
      if (step.kind === 'send') send(step.message);
      else if (step.kind === 'allocated') {
        result = { ...step, roundTrip };
        send(allocation.release());
      } else if (step.kind === 'released')
        end(result ?? { kind: 'malformed', what: 'it ended what was not there' });
      // The allocation was made; that it could not be ended early costs the server some minutes of a port.
      else end(result ?? step);
    }

    function end(outcome: AllocationResult): void {
      clearTimeout(timeout);
      clearTimeout(retransmission);
      connection.close();
      fulfil(outcome);
    }
  });
}

function unreachable(error: Error): AllocationResult {
  return { kind: 'unreachable', error };
}

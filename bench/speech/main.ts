/** `npm run speech`: has espeak-ng speak in a room of 40, sees who is marked as speaking, and writes docs/speech.md. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { number, percent, table } from '../report/markdown.js';
import { type Finding, hear, isWhole, judgeAll, SETTLED, type Verdict } from './judge.js';
import { levelsFile } from './levels-file.js';
import { millisecondsOf, type Publisher, recordScene } from './scene.js';
import { SOURCES } from './sources.js';
import { packetsOf } from './stream.js';

const TEXTS = 12;
const OTHERS = 38;
const LEVELS_FILE = 'packages/engine/src/media/speech/fixtures/conversation.json';

/** @param root the repository */
export function main(root: string): void {
  const publishers = recordScene(TEXTS, OTHERS);
  const duration = Math.floor(millisecondsOf(publishers[0]?.sound.length ?? 0));
  const verdicts = SOURCES.map((source) => {
    console.log(source.name);
    const hearings = publishers.map(({ sound }) => hear(packetsOf(sound, source), duration));
    return { name: source.name, verdict: judgeAll(publishers, hearings) };
  });
  const lines = reportLines(publishers, duration, verdicts);
  writeFileSync(path.join(root, 'docs/speech.md'), `${lines.join('\n').trimEnd()}\n`);
  writeFileSync(path.join(root, LEVELS_FILE), levelsFile());
  console.log(lines.join('\n'));
}

interface Row {
  readonly name: string;
  readonly verdict: Verdict;
}

function reportLines(publishers: readonly Publisher[], duration: number, rows: readonly Row[]): string[] {
  const utterances = publishers.reduce((sum, publisher) => sum + publisher.utterances.length, 0);
  const seconds = Math.round(duration / 1_000);
  return [
    '# Who speaks',
    '',
    `A room of ${publishers.length} for ${seconds} seconds: two voices of espeak-ng with ${utterances} utterances, in turn and now and`,
    'then at once, and others who only listen, with noise of -85 to -45 dBov around them; some type, some sit beside what hums.',
    'Made by `npm run speech`; the clock is simulated, and each run gives the same.',
    '',
    ...table(
      [
        'publishers send',
        'found',
        'after ms, median',
        'at most',
        'whole',
        'flaps',
        'lingering ms',
        'others marked',
        'ranked first',
      ],
      rows.map(rowOf),
    ),
    '- *Found*: utterances whose speaker was marked; *after* the first 20 ms that are speech by ITU-T P.56.',
    '- *Whole*: utterances that were found soon enough for the pre-roll to bring listeners all of them where only speakers are forwarded.',
    '- *Flaps*: how often a speaker was unmarked and marked again within one utterance, altogether.',
    '- *Lingering*: for how long a speaker stays marked behind the last 20 ms of speech, median.',
    `- *Others marked*: of ${OTHERS}, from ${number(SETTLED / 1_000)} s after their first packet on; in brackets, those who were before that.`,
    '- *Ranked first*: share of the time of speech, 300 ms after its beginning, in which the speaker scores above all who are silent.',
    '',
    'An encoder of CELT that looks for no pitch tells nothing at a constant bitrate, or one that is kept nearly constant: such a',
    'stream never counts as speech. Where only speakers are forwarded it has a seat when one is free, and in turn with its like.',
    'Levels and packets alike take constant noise for speech in the first seconds, until the floor is known, and a keyboard',
    'without noise suppression now and then. CELT tells no more of a pitch than that it is there: with it a hum may count as',
    'speech, however faint.',
    '',
    ...wrongLines(rows),
  ];
}

function rowOf({ name, verdict }: Row): string[] {
  const { findings, wrongAtFirst, wrongLater, ranked } = verdict;
  const delays = findings.flatMap(({ delay }) => (delay === null ? [] : [delay]));
  const flaps = findings.reduce((sum, finding) => sum + finding.flaps, 0);
  const found = findings.filter(({ delay }) => delay !== null);
  return [
    name,
    `${found.length} of ${findings.length}`,
    number(median(delays)),
    number(Math.max(...delays)),
    String(findings.filter(isWhole).length),
    String(flaps),
    number(median(found.map(({ lingering }: Finding) => lingering))),
    `${wrongLater.length} (${wrongAtFirst.length})`,
    percent(ranked),
  ];
}

function wrongLines(rows: readonly Row[]): string[] {
  const wrong = new Map<string, string[]>();
  for (const { name, verdict } of rows) {
    for (const publisher of verdict.wrongLater) wrong.set(publisher, [...(wrong.get(publisher) ?? []), name]);
  }
  if (wrong.size === 0) return [];
  return [
    'Marked later than that:',
    ...[...wrong].map(([who, sources]) => `- ${who}: ${sources.join('; ')}`),
  ];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

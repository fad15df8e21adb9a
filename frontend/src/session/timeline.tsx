import type { ComponentChildren } from "preact";
import { memo } from "preact/compat";
import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import { Disclosure, MoreButton } from "../components/disclosure";
import { Differences } from "../evidence/differences";
import { Items } from "../evidence/items";
import { Changes, Printed } from "../evidence/state_changes";
import type { Change, Print, RecordEntry, StepEntry } from "../messages";
import { equal } from "../schema/notation";
import { beginning, characters, lines, Marked, type Text } from "../text/marked_text";
import { counted, duration } from "../text/quantities";
import { locked } from "../widget/submission";
import type { ButtonPresses } from "./button_press";

const LATEST = 50;
const MORE = 250;
const SHORT = 120;

type Entry = StepEntry | RecordEntry;

interface TimelineProps {
  entries: Entry[];
  presses: ButtonPresses;
  live: boolean;
}

export function Timeline({ entries, presses, live }: TimelineProps) {
  const [count, setCount] = useState(LATEST);
  const earlier = Math.max(0, entries.length - count);
  const shown = useUnchanged(entries, earlier);
  const latest = useRef(presses);
  latest.current = presses;
  const fork = useCallback((question: string) => latest.current.press("fork", question), []);
  const off = !live || locked(presses);
  return (
    <div class={shown.length > LATEST ? "timeline long" : "timeline"}>
      {entries.length > LATEST && (
        <MoreButton
          open={earlier === 0}
          more={`show ${earlier > MORE ? `${MORE} of ` : ""}${counted(earlier, "earlier step")}`}
          less={`show only the last ${LATEST} steps`}
          toggle={() => setCount(earlier === 0 ? LATEST : count + MORE)}
        />
      )}
      <ol>
        {shown.map((entry, index) => (
          // Entries are only ever appended, so a place is an identity.
          <li key={earlier + index} class={entry.kind}>
            {entry.kind === "step" ? (
              <Step step={entry} belongs={answers(entry, shown[index - 1])} />
            ) : (
              <Record record={entry} fork={fork} off={off} />
            )}
          </li>
        ))}
      </ol>
    </div>
  );
}

/** The entries from `first` on; one that says what it said before is the one it was. */
function useUnchanged(entries: Entry[], first: number): Entry[] {
  const known = useRef<Entry[]>([]).current;
  return useMemo(() => {
    known.length = Math.min(known.length, entries.length);
    return entries.slice(first).map((entry, index) => {
      const before = known[first + index];
      const kept = before && equal(before, entry) ? before : entry;
      known[first + index] = kept;
      return kept;
    });
  }, [entries, first]);
}

/** Whether a step is that of the node whose question the entry above it records. */
function answers({ node }: StepEntry, above: Entry | undefined): boolean {
  return above?.kind === "record" && equal(above.node, node);
}

interface LineProps {
  node: Text;
  /** Without tick and name, as it goes on from the line above. */
  unnamed?: boolean;
  seconds: number | null;
  children: ComponentChildren;
}

function Line({ node, unnamed = false, seconds, children }: LineProps) {
  return (
    <span class={unnamed ? "line unnamed" : "line"}>
      <span class="tick" aria-hidden="true">
        ✓
      </span>
      <span class="node">{!unnamed && <Marked text={node} />}</span>
      <span class="time">{seconds !== null && duration(seconds)}</span>
      <span class="gist">{children}</span>
    </span>
  );
}

interface StepProps {
  step: StepEntry;
  belongs: boolean;
}

const Step = memo(function Step({ step, belongs }: StepProps) {
  const { changes, prints } = step;
  const line = (
    <Line node={step.node} unnamed={belongs} seconds={step.seconds}>
      {changes.slice(0, 2).map((change, index) => (
        <span key={index} class="change">
          <Brief change={change} />
        </span>
      ))}
      {changes.length > 2 && <span class="faint">{changes.length} keys in all</span>}
      {prints && <span class="faint">{printed(prints)}</span>}
    </Line>
  );
  if (changes.length === 0 && !prints) return line;
  return (
    <Disclosure summary={line}>
      {() => (
        <div class="unfolded">
          {changes.length > 0 && <Changes changes={changes} />}
          {prints && <Printed prints={prints} />}
        </div>
      )}
    </Disclosure>
  );
});

function printed({ text, more }: Print): string {
  const found = lines(text);
  const last = found.at(-1);
  const count = found.length - (last && characters(last) === 0 ? 1 : 0);
  return more > 0 ? `printed ${count}+ lines` : `printed ${counted(count, "line")}`;
}

function Brief({ change }: { change: Change }) {
  return (
    <>
      <span class="faint">
        <Marked text={change.key} />:{" "}
      </span>
      {change.before ? <Short text={change.before} /> : "–"}
      <Arrow />
      <Short text={change.after} />
    </>
  );
}

function Short({ text }: { text: Text }) {
  const long = characters(text) > SHORT;
  return (
    <>
      <Marked text={long ? beginning(text, SHORT) : text} />
      {long && "…"}
    </>
  );
}

function Arrow() {
  return <span class="faint"> → </span>;
}

interface RecordProps {
  record: RecordEntry;
  fork(question: string): void;
  off: boolean;
}

const Record = memo(function Record({ record, fork, off }: RecordProps) {
  const line = (
    <Line node={record.node} seconds={record.seconds}>
      <span class="about">
        <Short text={record.heading} />
      </span>
      <span class="given">
        <Arrow />
        <Short text={record.answer} />
        <span class="faint"> by </span>
        <Marked text={record.reviewer} />
        {record.comment && (
          <>
            {" · "}
            <Short text={["“", ...record.comment, "”"]} />
          </>
        )}
      </span>
    </Line>
  );
  return (
    <Disclosure summary={line}>
      {() => <RecordDetail record={record} fork={fork} off={off} />}
    </Disclosure>
  );
});

function RecordDetail({ record, fork, off }: RecordProps) {
  const answer = { label: ["answer"], text: record.answer };
  const comment = record.comment ? [{ label: ["comment"], text: record.comment }] : [];
  return (
    <div class="unfolded">
      <p class="asked">
        <Marked text={record.heading} />
      </p>
      <Items items={[answer, ...comment, ...record.shown]} />
      {record.edits && record.edits.length > 0 && <Differences differences={record.edits} />}
      {record.seen && (
        <p class="note">
          <Marked text={record.seen} />
        </p>
      )}
      {record.forks && (
        <button
          type="button"
          class="tool fork"
          title="Run again from this question with another answer, beside this run"
          aria-disabled={off}
          onClick={() => off || fork(record.question)}
        >
          Answer differently from here
        </button>
      )}
    </div>
  );
}

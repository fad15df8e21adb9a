import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Differences } from "./difference";
import { duration } from "./duration";
import { Items } from "./evidence";
import { counted, Fold, More } from "./fold";
import type { Change, RecordEntry, StepEntry } from "./messages";
import { beginning, characters, Marked, type Text } from "./text";

const LATEST = 50;
const SHORT = 120;

type Entry = StepEntry | RecordEntry;

export function Timeline({ entries }: { entries: Entry[] }) {
  const [all, setAll] = useState(false);
  const earlier = Math.max(0, entries.length - LATEST);
  const first = all ? 0 : earlier;
  return (
    <div class="timeline">
      {earlier > 0 && (
        <More
          open={all}
          more={`show ${counted(earlier, "earlier step")}`}
          less={`show only the last ${LATEST} steps`}
          toggle={() => setAll(!all)}
        />
      )}
      <ol>
        {entries.slice(first).map((entry, index) => (
          // Entries are only ever appended, so a place is an identity.
          <li key={first + index} class={entry.kind}>
            {entry.kind === "step" ? <Step step={entry} /> : <Record record={entry} />}
          </li>
        ))}
      </ol>
    </div>
  );
}

interface LineProps {
  node: Text;
  seconds: number;
  children: ComponentChildren;
}

function Line({ node, seconds, children }: LineProps) {
  return (
    <span class="line">
      <span class="tick" aria-hidden="true">
        ✓
      </span>
      <span class="node">
        <Marked text={node} />
      </span>
      <span class="time">{duration(seconds)}</span>
      <span class="gist">{children}</span>
    </span>
  );
}

function Step({ step }: { step: StepEntry }) {
  const { changes } = step;
  const line = (
    <Line node={step.node} seconds={step.seconds}>
      {changes.slice(0, 2).map((change, index) => (
        <span key={index} class="change">
          <Brief change={change} />
        </span>
      ))}
      {changes.length > 2 && <span class="faint">{changes.length} keys</span>}
    </Line>
  );
  if (changes.length === 0) return line;
  return <Fold summary={line}>{() => <Changes changes={changes} />}</Fold>;
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

function Changes({ changes }: { changes: Change[] }) {
  return (
    <dl class="rows unfolded">
      {changes.map((change, index) => (
        <ChangeRow key={index} change={change} />
      ))}
    </dl>
  );
}

function ChangeRow({ change }: { change: Change }) {
  return (
    <>
      <dt>
        <Marked text={change.key} />
      </dt>
      <dd>
        {change.before && (
          <div class="value before">
            <Marked text={change.before} />
          </div>
        )}
        <div class="value after">
          <Marked text={change.after} />
        </div>
      </dd>
    </>
  );
}

function Record({ record }: { record: RecordEntry }) {
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
  return <Fold summary={line}>{() => <Shown record={record} />}</Fold>;
}

function Shown({ record }: { record: RecordEntry }) {
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
    </div>
  );
}

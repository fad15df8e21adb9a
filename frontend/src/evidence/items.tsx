import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Disclosure, MoreButton } from "../components/disclosure";
import type { Item } from "../messages";
import {
  beginning,
  characters,
  joined,
  lines,
  Marked,
  plain,
  type Text,
} from "../text/marked_text";
import { counted } from "../text/quantities";
import { useDisplayed } from "./display_tracker";
import { Table } from "./table";
import { useTextPage } from "./text_pages";

const DEPTH = 2;
const ROWS = 12;
const CHARACTERS = 1500;
const LINES = 30;

interface ItemsProps {
  items: Item[];
  depth?: number;
  path?: string;
  /** The place of the first among all that is shown. */
  first?: number;
  /** Labels of rows to be marked as changed. */
  changed?: ReadonlySet<string>;
}

/** Draw evidence as rows of label and value. */
export function Items({ items, depth = 1, path = "", first = 0, changed }: ItemsProps) {
  const [all, setAll] = useState(false);
  const shown = all ? items : items.slice(0, ROWS);
  return (
    <>
      <dl class="rows">
        {shown.map((item, index) => (
          <Row
            key={index}
            item={item}
            depth={depth}
            path={`${path}/${first + index}`}
            changed={changed?.has(plain(item.label)) ?? false}
          />
        ))}
      </dl>
      {items.length > ROWS && (
        <MoreButton
          open={all}
          more={`show ${counted(items.length - ROWS, "more row")}`}
          less={`show only the first ${ROWS} rows`}
          toggle={() => setAll(!all)}
        />
      )}
    </>
  );
}

interface RowProps {
  item: Item;
  depth: number;
  path: string;
  changed: boolean;
}

function Row({ item, depth, path, changed }: RowProps) {
  const label = <Label text={item.label} changed={changed} />;
  if (item.items) {
    return <Nested item={item} items={item.items} depth={depth + 1} path={path} label={label} />;
  }
  if (item.table) {
    return (
      <>
        <dt class={item.label.length > 0 ? "over" : "unseen"}>{label}</dt>
        <dd class="alone">
          <Table table={item.table} label={item.label} path={path} />
        </dd>
      </>
    );
  }
  const value = <Value item={item} path={path} />;
  if (item.label.length === 0) return <UnlabelledRow>{value}</UnlabelledRow>;
  return (
    <>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </>
  );
}

interface NestedProps {
  item: Item;
  items: Item[];
  depth: number;
  path: string;
  label: ComponentChildren;
}

function Label({ text, changed }: { text: Text; changed: boolean }) {
  if (!changed) return <Marked text={text} />;
  return (
    <span class="changed" title="changed by this step">
      <span aria-hidden="true">● </span>
      <Marked text={text} />
      <span class="unseen">, changed</span>
    </span>
  );
}

function Nested({ item, items, depth, path, label }: NestedProps) {
  const draw = () => <Items items={items} depth={depth} path={path} />;
  if (items.length === 0) {
    return (
      <>
        <dt>{label}</dt>
        <dd class="faint">empty</dd>
      </>
    );
  }
  if (depth > DEPTH) {
    const summary = (
      <>
        <span class="faint">
          {label}: {counted(items.length, "item")}
        </span>
      </>
    );
    return (
      <UnlabelledRow>
        <Disclosure summary={summary}>{() => <div class="nested">{draw()}</div>}</Disclosure>
      </UnlabelledRow>
    );
  }
  return (
    <>
      <dt class={item.label.length > 0 ? "over" : "unseen"}>{label}</dt>
      <dd class="alone nested">{draw()}</dd>
    </>
  );
}

/** A row without a label to be seen; a list of descriptions wants one all the same. */
function UnlabelledRow({ children }: { children: ComponentChildren }) {
  return (
    <>
      <dt class="unseen" />
      <dd class="alone">{children}</dd>
    </>
  );
}

function Value({ item, path }: { item: Item; path: string }) {
  const [all, setAll] = useState(false);
  const { text: opening = [], size = 0, end: sent = characters(opening) } = item;
  const first = { text: opening, start: 0, end: sent };
  const { text, start, end, next, previous } = useTextPage(path, first, size);
  const length = characters(text);
  const turned = start > 0;
  const short = useMemo(() => shortLength(text), [text]);
  const drawn = all || turned ? length : short;
  useDisplayed(path, start, drawn < length ? drawn : end, drawn === length);
  if (length === 0 && size === 0) return <span class="faint">empty</span>;
  return (
    <>
      <div class="value">
        {turned && <span class="faint">…</span>}
        <Marked text={drawn < length ? beginning(text, drawn) : text} />
        {start + drawn < Math.max(length, size) && <span class="faint">…</span>}
      </div>
      {length > short && !turned && (
        <MoreButton
          open={all}
          more={
            size > length
              ? `show the first ${length.toLocaleString("en")} of ${counted(size, "character")}`
              : `show all ${counted(length, "character")}`
          }
          less={`show only the first ${counted(short, "character")}`}
          toggle={() => setAll(!all)}
        />
      )}
      {(next || previous) && (drawn === length || turned) && (
        <PageButtons start={start} end={end} size={size} next={next} previous={previous} />
      )}
      {size > end && !next && (
        <div class="missing">not shown in this view: {counted(size - end, "more character")}</div>
      )}
    </>
  );
}

/** How much of a text is shown at first: so many characters, in so many lines. */
function shortLength(text: Text): number {
  const head = lines(beginning(text, CHARACTERS));
  return characters(joined(head.slice(0, LINES)));
}

interface PageButtonsProps {
  start: number;
  end: number;
  size: number;
  next: (() => void) | undefined;
  previous: (() => void) | undefined;
}

/** Both buttons always stand there, so the keyboard stays on them. */
function PageButtons({ start, end, size, next, previous }: PageButtonsProps) {
  const said = (number: number) => number.toLocaleString("en");
  return (
    <p class="turner">
      <span role="status">
        characters {said(start + 1)} to {said(end)} of {said(size)}
      </span>
      <button type="button" class="more" aria-disabled={!previous} onClick={previous}>
        previous page
      </button>
      <button type="button" class="more" aria-disabled={!next} onClick={next}>
        next page
      </button>
    </p>
  );
}

import { useState } from "preact/hooks";
import { counted, Fold, More } from "./fold";
import type { Item } from "./messages";
import { useUnfolded } from "./reading";
import { beginning, characters, Marked, type Text } from "./text";

const DEPTH = 2;
const ROWS = 12;
const CHARACTERS = 1500;

interface ItemsProps {
  items: Item[];
  depth?: number;
  path?: string;
}

/** Draw evidence as rows of label and value. */
export function Items({ items, depth = 1, path = "" }: ItemsProps) {
  const [all, setAll] = useState(false);
  const shown = all ? items : items.slice(0, ROWS);
  return (
    <>
      <dl class="rows">
        {shown.map((item, index) => (
          <Row key={index} item={item} depth={depth} path={`${path}/${index}`} />
        ))}
      </dl>
      {items.length > ROWS && (
        <More
          open={all}
          more={`show ${counted(items.length - ROWS, "more row")}`}
          less={`show only the first ${ROWS} rows`}
          toggle={() => setAll(!all)}
        />
      )}
    </>
  );
}

function Row({ item, depth, path }: { item: Item; depth: number; path: string }) {
  if (item.items) return <Nested item={item} items={item.items} depth={depth + 1} path={path} />;
  const value = <Value text={item.text ?? []} size={item.size ?? 0} path={path} />;
  if (item.label.length === 0) return <dd class="alone">{value}</dd>;
  return (
    <>
      <dt>
        <Marked text={item.label} />
      </dt>
      <dd>{value}</dd>
    </>
  );
}

interface NestedProps {
  item: Item;
  items: Item[];
  depth: number;
  path: string;
}

function Nested({ item, items, depth, path }: NestedProps) {
  const label = <Marked text={item.label} />;
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
      <dd class="alone">
        <Fold summary={summary}>{() => <div class="nested">{draw()}</div>}</Fold>
      </dd>
    );
  }
  return (
    <>
      {item.label.length > 0 && <dt class="over">{label}</dt>}
      <dd class="alone nested">{draw()}</dd>
    </>
  );
}

function Value({ text, size, path }: { text: Text; size: number; path: string }) {
  const [all, setAll] = useState(false);
  const length = characters(text);
  const drawn = all ? length : Math.min(length, CHARACTERS);
  useUnfolded(path, drawn);
  if (length === 0 && size === 0) return <span class="faint">empty</span>;
  return (
    <>
      <div class="value">
        <Marked text={drawn < length ? beginning(text, drawn) : text} />
        {drawn < Math.max(length, size) && <span class="faint">…</span>}
      </div>
      {length > CHARACTERS && (
        <More
          open={all}
          more={`show all ${counted(length, "character")}`}
          less={`show only the first ${counted(CHARACTERS, "character")}`}
          toggle={() => setAll(!all)}
        />
      )}
      {size > length && (
        <div class="missing">not shown in this view: {counted(size - length, "more character")}</div>
      )}
    </>
  );
}

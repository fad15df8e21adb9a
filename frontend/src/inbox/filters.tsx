import type { TargetedEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Facet } from "../messages";
import { plain } from "../text/marked_text";
import type { Kernel } from "../widget/kernel";

const PAUSE = 250;
const ANY = "\u0000";

interface FiltersProps {
  id: string;
  facets: Facet[];
  search: string;
  kernel: Kernel;
}

/** What the list can be filtered by, each value with how many it leaves. */
export function Filters({ id, facets, search, kernel }: FiltersProps) {
  const useful = facets.filter(({ name, chosen, values }) => {
    return chosen !== null || values.length > 1 || (name === "only" && values.length > 0);
  });
  return (
    <div class="filters" role="group" aria-label="filter">
      <Search id={`${id}-search`} search={search} kernel={kernel} />
      {useful.map((facet) => (
        <FacetSelect key={facet.name} id={`${id}-${facet.name}`} facet={facet} kernel={kernel} />
      ))}
    </div>
  );
}

function Search({ id, search, kernel }: Pick<FiltersProps, "id" | "search" | "kernel">) {
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const input = (event: TargetedEvent<HTMLInputElement>) => {
    const value = event.currentTarget.value;
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      kernel.send({ type: "filter", facet: "search", value: value === "" ? null : value });
    }, PAUSE);
  };
  return (
    <span class="filter">
      <label for={id}>text</label>
      <input id={id} type="search" defaultValue={search} onInput={input} />
    </span>
  );
}

function FacetSelect({ id, facet, kernel }: { id: string; facet: Facet; kernel: Kernel }) {
  const { name, label, values, more, chosen } = facet;
  const change = ({ currentTarget: { value } }: TargetedEvent<HTMLSelectElement>) => {
    kernel.send({ type: "filter", facet: name, value: value === ANY ? null : value });
  };
  return (
    <span class="filter">
      <label for={id}>{plain(label)}</label>
      <select
        id={id}
        class={chosen === null ? "" : "chosen"}
        value={chosen ?? ANY}
        onChange={change}
      >
        <option value={ANY}>any</option>
        {values.map((value) => (
          <option key={value.value} value={value.value}>
            {`${plain(value.label)} (${value.count.toLocaleString("en")})`}
          </option>
        ))}
        {more > 0 && <option value={ANY} disabled>{`${more} more: search for them`}</option>}
      </select>
    </span>
  );
}

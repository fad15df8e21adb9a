import { useCallback, useRef, useState } from "preact/hooks";
import { moveAlong } from "../keyboard/arrow_keys";
import type { FormView, ViewState } from "../messages";
import { characters, Marked, plain } from "../text/marked_text";
import { counted } from "../text/quantities";
import type { Kernel } from "../widget/kernel";
import { endOf, SOON, useLeft } from "./deadline";
import { Question, type Standing } from "./question";

interface QuestionsProps {
  id: string;
  forms: FormView[];
  kernel: Kernel;
  live: boolean;
  drafts: ViewState["drafts"];
  /** Whether they can be seen at all. */
  shown: boolean;
  /** Id of what names the run they belong to, where two are drawn. */
  within?: string | undefined;
}

/** The open questions: one as it is, several behind tabs. A form once drawn stays, unseen. */
export function Questions({ id, forms, kernel, live, drafts, shown, within }: QuestionsProps) {
  const { chosen, choose } = useChosen(forms);
  const { standings, tellers } = useStandings();
  const drawn = useRef(new Set<string>()).current;
  if (chosen) drawn.add(chosen.id);
  // Their time runs also while nobody looks at them.
  for (const form of forms) endOf(form, kernel);
  const several = forms.length > 1;
  return (
    <div class={several ? "questions several" : "questions"}>
      {several && (
        <Tabs
          id={id}
          forms={forms}
          chosen={chosen?.id ?? ""}
          kernel={kernel}
          standings={standings}
          choose={choose}
        />
      )}
      {forms.map((form, index) => (
        <div
          key={form.id}
          class="hitl-panel"
          hidden={form !== chosen}
          {...(several && {
            id: `${id}-panel-${index}`,
            role: "tabpanel",
            "aria-labelledby": `${id}-tab-${index}`,
          })}
        >
          {drawn.has(form.id) && (
            <Question
              form={form}
              kernel={kernel}
              live={live}
              drafts={drafts}
              shown={shown && form === chosen}
              within={within}
              tell={tellers(form.id)}
            />
          )}
        </div>
      ))}
    </div>
  );
}

/** The question that is shown; when it goes away, the one in its place. */
function useChosen(forms: FormView[]) {
  const [last, setLast] = useState({ id: "", index: 0 });
  const index = forms.findIndex(({ id }) => id === last.id);
  const follower = forms.findIndex(({ follows }) => follows !== undefined && follows === last.id);
  const at = [index, follower, Math.min(last.index, forms.length - 1)].find((one) => one >= 0) ?? 0;
  const chosen = forms[at];
  if (chosen && (chosen.id !== last.id || at !== last.index)) setLast({ id: chosen.id, index: at });
  const choose = (to: number) => setLast({ id: forms[to]?.id ?? "", index: to });
  return { chosen, choose };
}

function useStandings() {
  const [standings, setStandings] = useState<Record<string, Standing>>({});
  const known = useRef(new Map<string, (standing: Standing) => void>()).current;
  const tellers = useCallback((id: string) => {
    const tell = (standing: Standing) =>
      setStandings((before) =>
        (before[id] ?? "open") === standing ? before : { ...before, [id]: standing },
      );
    const kept = known.get(id) ?? tell;
    known.set(id, kept);
    return kept;
  }, []);
  return { standings, tellers };
}

interface TabsProps {
  id: string;
  forms: FormView[];
  chosen: string;
  kernel: Kernel;
  standings: Record<string, Standing>;
  choose(index: number): void;
}

function Tabs({ id, forms, chosen, kernel, standings, choose }: TabsProps) {
  const names = forms.map((form) => plain(nameOf(form)));
  return (
    <div class="tabs">
      <span id={`${id}-count`} class="count">
        {counted(forms.length, "question")}
      </span>
      <div
        class="tablist"
        role="tablist"
        aria-labelledby={`${id}-count`}
        onKeyDown={(event) => {
          const to = moveAlong(event, '[role="tab"]');
          if (to >= 0) choose(to);
        }}
      >
        {forms.map((form, index) => {
          const same = names.filter((name) => name === names[index]).length;
          const before = names.slice(0, index + 1).filter((name) => name === names[index]).length;
          return (
            <Tab
              key={form.id}
              form={form}
              id={`${id}-tab-${index}`}
              panel={`${id}-panel-${index}`}
              chosen={form.id === chosen}
              place={same > 1 ? `${before} of ${same}` : ""}
              end={endOf(form, kernel)}
              standing={standings[form.id] ?? "open"}
              choose={() => choose(index)}
            />
          );
        })}
      </div>
    </div>
  );
}

function nameOf({ node, heading }: FormView): FormView["node"] {
  return characters(node) > 0 ? node : heading;
}

interface TabProps {
  form: FormView;
  id: string;
  panel: string;
  chosen: boolean;
  /** Which of the questions that are called the same. */
  place: string;
  end: number | null;
  standing: Standing;
  choose(): void;
}

function Tab({ form, id, panel, chosen, place, end, standing, choose }: TabProps) {
  return (
    <button
      id={id}
      type="button"
      role="tab"
      class="tab"
      title={plain(form.heading)}
      aria-selected={chosen}
      aria-controls={panel}
      tabIndex={chosen ? 0 : -1}
      onClick={choose}
    >
      <Marked text={nameOf(form)} />
      {place !== "" && <span class="place"> {place}</span>}
      {standing === "wrong" && <Sign sign="!" means="needs another look" />}
      {standing === "sent" && <Sign sign="✓" means="sent" />}
      {end !== null && standing !== "sent" && <Ending end={end} />}
    </button>
  );
}

function Ending({ end }: { end: number }) {
  return useLeft(end) <= SOON ? <Sign sign="◷" means="nearly over" /> : null;
}

function Sign({ sign, means }: { sign: string; means: string }) {
  return (
    <span class="sign" title={means}>
      <span aria-hidden="true"> {sign}</span>
      <span class="unseen">, {means}</span>
    </span>
  );
}

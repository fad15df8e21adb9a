import { Radios } from "../../fields/choice_field";
import { FieldErrors, HiddenCharacters, Required } from "../../fields/field_layout";
import { TextBox } from "../../fields/text_box";
import type { FieldError, PartView } from "../../messages";
import { plain } from "../../text/marked_text";
import type { PartFormProps } from "./part_props";
import { asEdited, type Reply, UNDECIDED, withDecision } from "./reply";

/** Whether an error is about the decision on a part, not about its value. */
export function isOwn(part: PartView, path: readonly (string | number)[]): boolean {
  return part.actions.length > 0 && path.length === 1;
}

interface PartDecisionProps extends PartFormProps {
  name: string;
  now: Reply;
  own: readonly FieldError[];
  edited: boolean;
}

/** What is decided about this part alone. */
export function PartDecision({
  id,
  part,
  name,
  now,
  own,
  edited,
  locked,
  reply,
  update,
  rest,
}: PartDecisionProps) {
  const decision = now.decisions[part.name] ?? UNDECIDED;
  const chosen = part.actions.findIndex(({ name: action }) => action === decision.action);
  const words = part.actions[chosen]?.words;
  const about = own.filter(({ path }) => isOwn(part, path));
  const wordless = words === "required" && !decision.message.trim();
  const [wrong, wrongWords] = wordless ? [[], about] : [about, []];
  const change = (next: Partial<typeof decision>) => {
    update(withDecision(reply.current, part.name, next), [part.name], true);
  };
  const options = part.actions.map((action, index) => ({
    const: index,
    title: plain(asEdited(action, edited).label),
  }));
  const wantsWords = chosen >= 0 && (words === "required" || !part.actions[chosen]?.values);
  return (
    <>
      <div class="field decision">
        <span class="hitl-label own">decision</span>
        <div class="control">
          <Radios
            schema={{}}
            path={[]}
            id={`${id}-decision`}
            name={`decision on ${name}`}
            required
            described={wrong.length > 0 ? `${id}-decision-errors` : undefined}
            invalid={wrong.length > 0}
            locked={locked}
            options={options}
            value={chosen < 0 ? undefined : { $number: String(chosen) }}
            set={(value) => change({ action: part.actions[indexOf(value)]?.name ?? "" })}
            inline
            rest={rest}
          />
          <FieldErrors id={`${id}-decision`} errors={wrong} />
        </div>
      </div>
      {wantsWords && (
        <div class="field">
          <label class="own" for={`${id}-message`}>
            message{words === "required" && <Required />}
          </label>
          <div class="control">
            <TextBox
              id={`${id}-message`}
              text={decision.message}
              lines
              locked={locked}
              required={words === "required"}
              invalid={wrongWords.length > 0}
              described={wrongWords.length > 0 ? `${id}-message-errors` : undefined}
              write={(message) => change({ message })}
              rest={rest}
            />
            <HiddenCharacters text={decision.message} />
            <FieldErrors id={`${id}-message`} errors={wrongWords} />
          </div>
        </div>
      )}
    </>
  );
}

function indexOf(value: unknown): number {
  return Number((value as { $number?: string } | undefined)?.$number ?? -1);
}

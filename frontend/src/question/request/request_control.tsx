import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { afterDrawing } from "../../keyboard/focus_handover";
import { isSubmitKey } from "../../keyboard/submit_key";
import type { ActionView, FieldError, RequestControl } from "../../messages";
import type { ControlProps } from "../control_props";
import { CommentFields } from "./comment_fields";
import { DecisionButtons } from "./decision_buttons";
import { ErrorSummary } from "./error_summary";
import { PartForm } from "./part_form";
import { answerOf, draftOf, initialReply, isEdited, missing, type Reply } from "./reply";
import { actionFor, isField } from "./shortcuts";

/** Fill in the parts of a request, write a comment, decide. */
export function RequestForm(props: ControlProps<RequestControl>) {
  const { control, id, locked, status } = props;
  const root = useRef<HTMLDivElement>(null);
  const { reply, change } = useReply(props);
  const { errors, complain, settle } = useErrors(props.errors, root);

  const act = (action: ActionView) => {
    if (locked) return;
    const found = missing(control, reply.current, action);
    complain(found);
    if (found.length === 0) props.submit(answerOf(control, reply.current, action));
  };
  useKeys(root, (event) => {
    const action = actionFor(event, control.actions, isField(event.target));
    if (!action && !isSubmitKey(event)) return;
    // Also where nothing is done: the browser would press the button that has the focus.
    event.preventDefault();
    if (action) act(action);
  });
  const edited = control.parts.some(
    (part) => part.actions.length === 0 && isEdited(part, reply.current),
  );
  const update = (next: Reply, touched: readonly (string | number)[], exactly = false) => {
    settle(touched, exactly);
    change(next);
  };

  return (
    <div ref={root} class="request">
      {control.parts.map((part) => (
        <PartForm
          key={part.name}
          id={`${id}-${control.parts.indexOf(part)}`}
          part={part}
          alone={control.parts.length === 1}
          reply={reply}
          errors={errors}
          locked={locked}
          update={update}
          rest={props.rest}
        />
      ))}
      <CommentFields
        control={control}
        id={id}
        reply={reply}
        errors={errors}
        locked={locked}
        update={update}
        rest={props.rest}
      />
      <ErrorSummary errors={errors} control={control} id={id} />
      <DecisionButtons
        actions={control.actions}
        edited={edited}
        locked={locked}
        status={status}
        act={act}
        labelledby={`${id}-heading`}
      />
    </div>
  );
}

/** Hear the keys of the whole question, whose own element holds them where it has no field. */
function useKeys(root: RefObject<HTMLElement | null>, hear: (event: KeyboardEvent) => void): void {
  const latest = useRef(hear);
  latest.current = hear;
  useLayoutEffect(() => {
    const form = root.current?.closest("form");
    const listener = (event: KeyboardEvent) => latest.current(event);
    form?.addEventListener("keydown", listener);
    return () => form?.removeEventListener("keydown", listener);
  }, [root]);
}

/** What is filled in: read at once by whoever submits, drawn when there is time. */
function useReply({ control, draft, write }: ControlProps<RequestControl>) {
  const [first] = useState(() => initialReply(control, draft));
  const reply = useRef(first);
  const [, redraw] = useState({});
  const change = (next: Reply) => {
    reply.current = next;
    redraw({});
    write(draftOf(control, next));
  };
  return { reply, change };
}

/** What is wrong, by our own check or the kernel's; what is changed is no longer wrong. */
function useErrors(sent: readonly FieldError[], root: RefObject<HTMLElement | null>) {
  const [held, hold] = useState<{ errors: readonly FieldError[]; from: readonly FieldError[] }>({
    errors: sent,
    from: sent,
  });
  const errors = held.from === sent ? held.errors : sent;
  const [asked, ask] = useState({});
  const complain = (found: readonly FieldError[]) => {
    hold({ errors: found, from: sent });
    ask({});
  };
  const settle = (touched: readonly (string | number)[], exactly: boolean) => {
    const left = errors.filter(({ path }) => {
      const below = touched.every((key, index) => String(key) === String(path[index]));
      return !below || (exactly && path.length > touched.length);
    });
    if (left.length < errors.length) hold({ errors: left, from: sent });
  };
  // The fields draw their errors after this has been drawn.
  useLayoutEffect(() => {
    if (errors.length > 0) afterDrawing(() => firstWrong(root.current)?.focus());
  }, [sent, asked]);
  return { errors, complain, settle };
}

function firstWrong(root: HTMLElement | null): HTMLElement | null {
  const wrong = root?.querySelector<HTMLElement>('[aria-invalid="true"], [data-invalid]');
  if (!wrong) return root?.querySelector<HTMLElement>(".summary") ?? null;
  if (wrong.matches("input, textarea, select")) return wrong;
  return (
    wrong.querySelector<HTMLElement>("input:checked, input, textarea, select, button") ?? wrong
  );
}
